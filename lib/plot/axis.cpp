// SPDX-License-Identifier: MIT
#include "plot/axis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace resnet {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kShortest = 1e-12;
constexpr Range kNothing = {kInfinity, -kInfinity};

Range widened(Range range, double value) { return {std::min(range.low, value), std::max(range.high, value)}; }

bool is_empty(const Range& range) { return range.low > range.high; }

double nice_step(double span, double ticks) {
  const double rough = span / ticks;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power * (1 + 1e-9)) return factor * power;
  }
  return 10 * power;
}

// A range of one value, or of none, has no length to divide into ticks.
Range with_length(const Range& range) {
  if (is_empty(range)) return {0, 1};
  const double largest = std::max(std::abs(range.low), std::abs(range.high));
  if (range.high - range.low > 1e-9 * largest && range.high - range.low > kShortest) return range;
  const double half = std::max(1.0, largest / 2);
  return {range.low - half, range.high + half};
}

Axis x_axis(const Panel& panel, const std::vector<Curve>& curves) {
  Range range = panel.x_range.value_or(kNothing);
  for (const Curve& curve : curves) {
    for (const Point& point : curve) range = widened(range, point.x);
  }
  range = with_length(range);
  if (range.low > 0 && range.low < 0.1 * range.high) range.low = 0;  // the first logged iteration is not 0
  return {range, nice_step(range.high - range.low, 7)};
}

double share_inside(const Range& range, const Curve& curve) {
  const auto inside =
      std::ranges::count_if(curve, [&](const Point& p) { return p.y >= range.low && p.y <= range.high; });
  return static_cast<double>(inside) / static_cast<double>(curve.size());
}

Axis y_axis(const std::optional<Range>& wanted, const std::vector<const Curve*>& curves) {
  Range all = kNothing;
  double share = 0;
  double drawn = 0;
  for (const Curve* curve : curves) {
    if (curve->empty()) continue;
    for (const Point& point : *curve) all = widened(all, point.y);
    drawn += 1;
    if (wanted) share += share_inside(*wanted, *curve);
  }
  if (wanted && share >= drawn / 2) {
    const Range range = with_length(*wanted);
    return {range, nice_step(range.high - range.low, 6)};
  }
  all = with_length(all);
  if (all.low > 0 && all.low <= all.high / 3) all.low = 0;
  const double step = nice_step(all.high - all.low, 6);
  return {{std::floor(all.low / step) * step, std::ceil(all.high / step) * step}, step};
}

bool same(const std::optional<Range>& a, const std::optional<Range>& b) {
  return a && b && a->low == b->low && a->high == b->high;
}

}  // namespace

std::vector<PanelAxes> choose_axes(const Chart& chart, const std::vector<std::vector<Curve>>& curves) {
  std::vector<PanelAxes> axes;
  for (std::size_t i = 0; i < chart.panels.size(); ++i) {
    std::vector<const Curve*> together;
    for (std::size_t j = 0; j < chart.panels.size(); ++j) {
      if (i != j && !same(chart.panels[i].y_range, chart.panels[j].y_range)) continue;
      for (const Curve& curve : curves[j]) together.push_back(&curve);
    }
    axes.push_back({x_axis(chart.panels[i], curves[i]), y_axis(chart.panels[i].y_range, together)});
  }
  return axes;
}

}  // namespace resnet

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

bool shows_nothing_of(const std::vector<const Curve*>& curves, const Range& range) {
  return std::ranges::all_of(curves,
                             [&](const Curve* curve) { return curve->empty() || share_inside(range, *curve) == 0; });
}

// Whole powers of ten around a range above 0, with eight ticks at most.
Axis log_axis(const Range& range) {
  if (is_empty(range)) return {{1, 10}, 10, Scale::kLog};
  // A power of ten may come out of its logarithm a little off.
  const double low = std::floor(std::log10(range.low) + 1e-9);
  const double high = std::max(low + 1, std::ceil(std::log10(range.high) - 1e-9));
  return {{std::pow(10.0, low), std::pow(10.0, high)}, std::pow(10.0, std::ceil((high - low) / 7)), Scale::kLog};
}

Axis y_axis(const std::optional<Range>& wanted, Scale scale, const std::vector<const Curve*>& curves) {
  Range all = kNothing;
  double share = 0;
  double drawn = 0;
  for (const Curve* curve : curves) {
    if (curve->empty()) continue;
    for (const Point& point : *curve) all = widened(all, point.y);
    drawn += 1;
    if (wanted) share += share_inside(*wanted, *curve);
  }
  const bool follows = wanted && share >= drawn / 2;
  if (scale == Scale::kLog) return log_axis(follows ? *wanted : all);
  if (follows) {
    const Range range = with_length(*wanted);
    return {range, nice_step(range.high - range.low, 6)};
  }
  all = with_length(all);
  if (all.low > 0 && all.low <= all.high / 3) all.low = 0;
  const double step = nice_step(all.high - all.low, 6);
  return {{std::floor(all.low / step) * step, std::ceil(all.high / step) * step}, step};
}

bool share_wish(const Panel& a, const Panel& b) {
  return a.y_scale == b.y_scale && a.y_range && b.y_range && a.y_range->low == b.y_range->low &&
         a.y_range->high == b.y_range->high;
}

}  // namespace

std::vector<PanelAxes> choose_axes(const Chart& chart, const std::vector<std::vector<Curve>>& curves) {
  std::vector<PanelAxes> axes;
  for (std::size_t i = 0; i < chart.panels.size(); ++i) {
    const Panel& panel = chart.panels[i];
    std::vector<const Curve*> own;
    std::vector<const Curve*> together;
    for (std::size_t j = 0; j < chart.panels.size(); ++j) {
      for (const Curve& curve : curves[j]) {
        if (i == j) own.push_back(&curve);
        if (i == j || share_wish(panel, chart.panels[j])) together.push_back(&curve);
      }
    }
    Axis y = y_axis(panel.y_range, panel.y_scale, together);
    if (shows_nothing_of(own, y.range)) y = y_axis(panel.y_range, panel.y_scale, own);
    axes.push_back({x_axis(panel, curves[i]), y});
  }
  return axes;
}

}  // namespace resnet

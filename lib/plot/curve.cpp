// SPDX-License-Identifier: MIT
#include "plot/curve.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "record/csv_table.hpp"

namespace resnet {
namespace {

constexpr double kLargestDrawn = 1e15;
constexpr double kSmallestOnLog = 1e-100;
constexpr std::size_t kMostPoints = 100'000;  // many more than are drawn

/// Of a curve in a chart.
struct Place {
  std::size_t panel;
  std::size_t series;
};

bool can_be_drawn(double value) { return std::abs(value) <= kLargestDrawn; }  // false for NaN

bool has_place(double value, Scale scale) {
  return can_be_drawn(value) && (scale == Scale::kLinear || value >= kSmallestOnLog);
}

Curve read_curve(const Series& series, Scale y_scale, const CsvTable& table) {
  const auto& x = table.column(series.x);
  const auto& y = table.column(series.y);
  Curve curve;
  curve.reserve(table.rows());
  for (std::size_t i = 0; i < table.rows(); ++i) {
    if (can_be_drawn(x[i]) && has_place(y[i], y_scale)) curve.push_back({x[i], y[i]});
  }
  return curve;
}

}  // namespace

std::vector<std::vector<Curve>> read_curves(const Chart& chart, const std::filesystem::path& folder) {
  std::vector<std::vector<Curve>> panels;
  std::map<std::string, std::vector<Place>> places;  // Figure 6 draws several columns of each file
  for (const Panel& panel : chart.panels) {
    for (std::size_t i = 0; i < panel.series.size(); ++i) places[panel.series[i].csv].push_back({panels.size(), i});
    panels.emplace_back(panel.series.size());
  }
  for (const auto& [csv, curves] : places) {
    const CsvTable table = read_csv(folder / csv);  // one at a time: each may be large
    for (const Place& at : curves) {
      const Panel& panel = chart.panels[at.panel];
      panels[at.panel][at.series] = thinned(read_curve(panel.series[at.series], panel.y_scale, table), kMostPoints);
    }
  }
  return panels;
}

Curve thinned(const Curve& curve, std::size_t most) {
  if (curve.size() <= most) return curve;
  const auto lower = [](const Point& a, const Point& b) { return a.y < b.y; };
  const std::size_t group = (2 * curve.size() + most - 1) / most;
  Curve kept = {curve.front()};
  for (std::size_t start = 1; start + 1 < curve.size(); start += group) {
    const auto first = curve.begin() + static_cast<std::ptrdiff_t>(start);
    const auto last = curve.begin() + static_cast<std::ptrdiff_t>(std::min(start + group, curve.size() - 1));
    const auto [low, high] = std::minmax_element(first, last, lower);
    kept.push_back(*std::min(low, high));
    if (low != high) kept.push_back(*std::max(low, high));
  }
  kept.push_back(curve.back());
  return kept;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <vector>

#include "plot/chart.hpp"

namespace resnet {

struct Point {
  double x = 0;
  double y = 0;
};

/// The points of one series that can be drawn.
using Curve = std::vector<Point>;

/// Reads every panel's curves from the CSV files in the folder, one per series and in their order.
///
/// Points that are not finite, or beyond 1e15, are left out, and those below 1e-100, zeros too, where the y axis is in
/// powers of ten. A curve of more than 100,000 points is thinned to about as many, so that the memory for those of any
/// folder is bounded. Throws Error as read_csv does.
std::vector<std::vector<Curve>> read_curves(const Chart& chart, const std::filesystem::path& folder);

/// The same curve to the eye with at most about `most` points: of each group of neighbours the lowest and the highest.
///
/// The first and the last point stay. It keeps an SVG of a logged training run small.
Curve thinned(const Curve& curve, std::size_t most);

}  // namespace resnet

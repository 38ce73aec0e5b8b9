// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "plot/chart.hpp"
#include "plot/curve.hpp"

namespace resnet {

/// The gnuplot commands, data included, that draw the chart as SVG to ARG1 and as PNG of twice the size to ARG2.
///
/// Every position is computed here, in pixels of the SVG, so that panels align and no legend covers a curve.
std::string figure_script(const Chart& chart, const std::vector<std::vector<Curve>>& curves);

}  // namespace resnet

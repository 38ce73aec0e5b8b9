// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "plot/chart.hpp"
#include "plot/curve.hpp"

namespace resnet {

/// One axis: its ends, and the distance between its ticks, which stand at multiples of it; on a log axis the factor
/// from one tick to the next, and the ticks begin at its low end.
struct Axis {
  Range range;
  double step = 1;
  Scale scale = Scale::kLinear;
};

struct PanelAxes {
  Axis x;
  Axis y;
};

/// Decides what the axes of every panel show; nothing else in plot/ does.
///
/// x: the range asked for, widened until every point is on it; so a run that is half done shows how far it is.
/// y: the range asked for if most of the data fits, that is, if on average at least half of a curve's points lie in
/// it. Else the range of all points, ending at ticks, and beginning at 0 where that costs at most a third of the
/// height. On a log axis either is widened to whole powers of ten. Panels that ask for the same y range and scale share
/// the outcome, so that they stay comparable; one that would be empty then is decided by its own curves.
///
/// Paper    Figures 1 and 6 show 0 to 20 % error, which cuts off the first iterations; a run shortened to 1/64 of the
///          schedule lies at 40 to 90 % and would be invisible there.
std::vector<PanelAxes> choose_axes(const Chart& chart, const std::vector<std::vector<Curve>>& curves);

}  // namespace resnet

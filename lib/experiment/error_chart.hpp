// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "plot/chart.hpp"
#include "record/run_folder.hpp"

namespace resnet {

/// A chart of training and test errors over iterations in the paper's style, out of panels made by `error_panel`. The
/// legend says what the other error is of: on photographs "validation error", as under Figure 4.
Chart error_chart(std::string title, std::vector<Panel> panels, std::string tested = "test error");

/// Axes and their wishes as in Figures 1 and 6, or for errors of another range.
///
/// Differs  The paper's Figure 1 has a panel for each of the errors; here both are in one, as in its Figure 6.
Panel error_panel(const std::string& title, const Range& errors = {0, 20});

/// The two curves of one run: training error dashed, test error bold.
std::vector<Series> error_series(const std::string& label, const std::string& csv, int colour);

/// The name of a run's curve in a folder of results.
std::string curve_file(const RunFolder& run);

}  // namespace resnet

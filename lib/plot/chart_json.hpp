// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "plot/chart.hpp"

namespace resnet {

/// The chart as the JSON that `chart_from_json` reads.
nlohmann::ordered_json chart_to_json(const Chart& chart);

/// Reads a chart from the text of a JSON file. Throws Error, beginning with `source`, for anything else.
Chart chart_from_json(const std::string& text, const std::string& source);

/// Whether the text is JSON that says it is a chart.
bool is_chart_json(const std::string& text);

/// Throws Error, beginning with `source`, unless the chart can be drawn from its own folder: one to four panels, each
/// with a curve, ranges that ascend (above 0 on a log axis), CSV names without a folder, text of at most 200
/// characters.
void check_chart(const Chart& chart, const std::string& source);

}  // namespace resnet

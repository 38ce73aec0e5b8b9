// SPDX-License-Identifier: MIT
#include "plot/chart_json.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/shown.hpp"
#include "record/markdown_table.hpp"

namespace resnet {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "resnet-chart-1";
constexpr std::array<std::pair<LineStyle, std::string_view>, 2> kStyleNames = {
    {{LineStyle::kDashed, "dashed"}, {LineStyle::kBold, "bold"}}};
constexpr std::array<std::pair<Scale, std::string_view>, 2> kScaleNames = {
    {{Scale::kLinear, "linear"}, {Scale::kLog, "log"}}};
constexpr std::size_t kMostPanels = 4;
constexpr std::size_t kMostSeries = 200;  // of a chart; each holds its points while the figure is drawn
constexpr std::size_t kLongestText = 200;
constexpr double kLargestNumber = 1e15;
constexpr int kMostColours = 1000;

std::string style_name(LineStyle style) {
  for (const auto& [value, name] : kStyleNames) {
    if (value == style) return std::string(name);
  }
  fail("line style {} has no name", static_cast<int>(style));
}

LineStyle style_named(const std::string& text) {
  for (const auto& [value, name] : kStyleNames) {
    if (name == text) return value;
  }
  fail("line '{}' is not dashed or bold", shown(text));
}

std::string scale_name(Scale scale) {
  for (const auto& [value, name] : kScaleNames) {
    if (value == scale) return std::string(name);
  }
  fail("scale {} has no name", static_cast<int>(scale));
}

Scale scale_from(const std::string& text) {
  for (const auto& [value, name] : kScaleNames) {
    if (name == text) return value;
  }
  fail("scale '{}' is not linear or log", shown(text));
}

int colour_from(const Json& json) {
  // Only integers: to convert 1e300 would be undefined behaviour.
  require(json.is_number_integer(), "a colour is not a whole number");
  const auto index = json.get<std::int64_t>();
  require(index >= 0 && index < kMostColours, "colour {} is not in 0 .. {}", index, kMostColours - 1);
  return static_cast<int>(index);
}

Json range_to_json(const std::optional<Range>& range) {
  return range ? Json::array({range->low, range->high}) : Json(nullptr);
}

std::optional<Range> range_from(const Json& json) {
  if (json.is_null()) return std::nullopt;
  require(json.is_array() && json.size() == 2, "a range is neither null nor two numbers");
  return Range{json[0].get<double>(), json[1].get<double>()};
}

Json series_to_json(const Series& series) {
  return {{"label", series.label},
          {"csv", series.csv},
          {"x", series.x},
          {"y", series.y},
          {"line", style_name(series.style)},
          {"colour", series.colour}};
}

Series series_from(const Json& json) {
  return {.label = json.at("label"),
          .csv = json.at("csv"),
          .x = json.at("x"),
          .y = json.at("y"),
          .style = style_named(json.at("line")),
          .colour = colour_from(json.at("colour"))};
}

Json panel_to_json(const Panel& panel) {
  Json series = Json::array();
  for (const Series& each : panel.series) series.push_back(series_to_json(each));
  return {{"title", panel.title},
          {"x_label", panel.x_label},
          {"y_label", panel.y_label},
          {"x_range", range_to_json(panel.x_range)},
          {"y_range", range_to_json(panel.y_range)},
          {"y_scale", scale_name(panel.y_scale)},
          {"series", std::move(series)}};
}

Panel panel_from(const Json& json) {
  Panel panel{.title = json.at("title"),
              .x_label = json.at("x_label"),
              .y_label = json.at("y_label"),
              .x_range = range_from(json.at("x_range")),
              .y_range = range_from(json.at("y_range")),
              .series = {},
              .y_scale = scale_from(json.at("y_scale").get<std::string>())};
  for (const Json& each : json.at("series")) panel.series.push_back(series_from(each));
  return panel;
}

void check_text(const std::string& text, const std::string& source) {
  require(text_width(text) <= kLongestText, "{}: the text '{}' has {} characters, expected at most {}", source,
          shown(text), text_width(text), kLongestText);
  // A line break would end the gnuplot command that the text stands in.
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    require(byte >= 0x20 && byte != 0x7F, "{}: a text holds the control character {:#04x}", source, byte);
  }
}

void check_range(const std::optional<Range>& range, const std::string& source) {
  if (!range) return;
  require(std::abs(range->low) <= kLargestNumber && std::abs(range->high) <= kLargestNumber && range->low < range->high,
          "{}: the range {} to {} does not ascend within {} on either side of 0", source, range->low, range->high,
          kLargestNumber);
}

void check_series(const Series& series, const std::string& source) {
  for (const std::string* text : {&series.label, &series.csv, &series.x, &series.y}) check_text(*text, source);
  require(
      !series.csv.empty() && series.csv.find('/') == std::string::npos && series.csv.find("..") == std::string::npos,
      "{}: '{}' is not the name of a CSV file in the chart's own folder", source, series.csv);
  require(series.colour >= 0 && series.colour < kMostColours, "{}: colour {} is not in 0 .. {}", source, series.colour,
          kMostColours - 1);
}

bool says_chart(const Json& json) {
  const auto format = json.find("format");
  return format != json.end() && format->is_string() && *format == kFormat;
}

}  // namespace

Json chart_to_json(const Chart& chart) {
  Json panels = Json::array();
  for (const Panel& panel : chart.panels) panels.push_back(panel_to_json(panel));
  Json meanings = Json::array();
  for (const LineMeaning& each : chart.line_meanings) {
    meanings.push_back({{"line", style_name(each.style)}, {"label", each.label}});
  }
  return {{"format", kFormat},
          {"title", chart.title},
          {"panels", std::move(panels)},
          {"line_meanings", std::move(meanings)}};
}

Chart chart_from_json(const std::string& text, const std::string& source) {
  Chart chart;
  try {
    const Json json = parse_json(text);
    require(json.is_object(), "it is not a JSON object");
    require(says_chart(json), "its format is another, expected \"{}\"", kFormat);
    chart.title = json.at("title");
    for (const Json& panel : json.at("panels")) chart.panels.push_back(panel_from(panel));
    for (const Json& each : json.at("line_meanings")) {
      chart.line_meanings.push_back({style_named(each.at("line")), each.at("label")});
    }
  } catch (const Json::exception& error) {
    fail("{}: is not a chart: {}; the program that made it writes it anew", source, error.what());
  } catch (const Error& error) {
    fail("{}: is not a chart: {}; the program that made it writes it anew", source, error.what());
  }
  check_chart(chart, source);
  return chart;
}

bool is_chart_json(const std::string& text) { return says_chart(parse_json(text)); }

void check_chart(const Chart& chart, const std::string& source) {
  require(!chart.panels.empty(), "{}: the chart is empty, expected at least one panel", source);
  require(chart.panels.size() <= kMostPanels, "{}: has {} panels, expected at most {}", source, chart.panels.size(),
          kMostPanels);
  check_text(chart.title, source);
  for (const LineMeaning& each : chart.line_meanings) check_text(each.label, source);
  std::size_t series = 0;
  for (const Panel& panel : chart.panels) {
    require(!panel.series.empty(), "{}: the panel '{}' is empty, expected at least one curve", source,
            shown(panel.title));
    for (const std::string* text : {&panel.title, &panel.x_label, &panel.y_label}) check_text(*text, source);
    check_range(panel.x_range, source);
    check_range(panel.y_range, source);
    require(panel.y_scale == Scale::kLinear || !panel.y_range || panel.y_range->low > 0,
            "{}: the range of a log axis begins at {}, expected a number above 0", source,
            panel.y_range ? panel.y_range->low : 0);
    series += panel.series.size();
    require(series <= kMostSeries, "{}: has more than {} curves", source, kMostSeries);
    for (const Series& each : panel.series) check_series(each, source);
  }
}

}  // namespace resnet

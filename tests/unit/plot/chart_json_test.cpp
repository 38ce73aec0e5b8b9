// SPDX-License-Identifier: MIT
#include "plot/chart_json.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

namespace resnet {
namespace {

using Catch::Matchers::Contains;
using Json = nlohmann::ordered_json;

Chart figure1() {
  const Series series{"plain-20", "plain20.csv", "iteration", "test_error_percent", LineStyle::kDashed, 3};
  return {"Figure 1",
          {{"left", "iter.", "error (%)", Range{0, 64000}, std::nullopt, {series}}},
          {{LineStyle::kDashed, "training"}}};
}

// The message that a chart with one value replaced is refused with.
std::string refusal(const std::string& pointer, const Json& value) {
  Json json = chart_to_json(figure1());
  json[Json::json_pointer(pointer)] = value;
  try {
    chart_from_json(json.dump(), "figure.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("a chart is read back as it was written") {
  const Json json = chart_to_json(figure1());
  const Chart chart = chart_from_json(json.dump(), "figure.json");
  CHECK(chart_to_json(chart) == json);
  CHECK(chart.panels[0].x_range->high == 64000);
  CHECK_FALSE(chart.panels[0].y_range.has_value());
  CHECK(chart.panels[0].series[0].style == LineStyle::kDashed);
  CHECK(chart.panels[0].series[0].colour == 3);
  CHECK(chart.line_meanings[0].label == "training");
}

TEST_CASE("a chart says which axis is in powers of ten") {
  Chart chart = figure1();
  chart.panels[0].y_scale = Scale::kLog;
  const Json json = chart_to_json(chart);
  CHECK(json["panels"][0]["y_scale"] == "log");
  CHECK(chart_from_json(json.dump(), "figure.json").panels[0].y_scale == Scale::kLog);
}

TEST_CASE("a hostile figure.json is refused with a sentence that names it") {
  const std::string series = "/panels/0/series/0/";
  for (const char* name : {"../secret.csv", "/etc/passwd", "a/b.csv", "..", ""}) {
    CHECK_THAT(refusal(series + "csv", name), Contains("figure.json: ") && Contains("is not the name of a CSV file"));
  }
  CHECK_THAT(refusal(series + "label", "a\nsystem('touch x')"), Contains("control character 0x0a"));
  CHECK_THAT(refusal(series + "label", std::string("a\0b", 3)), Contains("control character 0x00"));
  CHECK_THAT(refusal("/title", "\x1b[2J"), Contains("control character 0x1b"));
  CHECK_THAT(refusal("/title", std::string(100'000, 'x')), Contains("expected at most 200"));
  CHECK_THAT(refusal(series + "label", 5), Contains("figure.json: is not a chart"));
  CHECK_THAT(refusal(series + "line", "wavy"), Contains("'wavy' is not dashed or bold"));
  CHECK_THAT(refusal(series + "line", "\x1b[2J"), Contains("'?[2J' is not dashed or bold"));
  CHECK_THAT(refusal("/panels/0/series", Json(201, chart_to_json(figure1())["panels"][0]["series"][0])),
             Contains("has more than 200 curves"));
  CHECK_THAT(refusal(series + "colour", -1), Contains("colour -1"));
  CHECK_THAT(refusal(series + "colour", 1e300), Contains("is not a whole number"));
  CHECK_THAT(refusal(series + "colour", 18446744073709551615U), Contains("colour"));
  CHECK_THAT(refusal("/panels/0/x_range", {5, 5}), Contains("does not ascend"));
  CHECK_THAT(refusal("/panels/0/x_range", {0, 1e300}), Contains("does not ascend within"));
  CHECK_THAT(refusal("/panels/0/x_range", {0, 1, 2}), Contains("neither null nor two numbers"));
  CHECK_THAT(refusal("/panels/0/y_scale", "cubic"), Contains("scale 'cubic' is not linear or log"));
  CHECK_THAT(refusal("/panels/0/y_scale", 3), Contains("figure.json: is not a chart"));
  Chart log_from_zero = figure1();
  log_from_zero.panels[0].y_scale = Scale::kLog;
  log_from_zero.panels[0].y_range = Range{0, 20};
  CHECK_THROWS_WITH(check_chart(log_from_zero, "figure.json"),
                    Contains("figure.json: the range of a log axis begins at 0"));
  CHECK_THAT(refusal("/panels", Json::array()), Contains("the chart is empty"));
  CHECK_THAT(refusal("/panels/0/series", Json::array()), Contains("the panel 'left' is empty"));
  Json empty_panel = chart_to_json(figure1())["panels"][0];
  empty_panel["title"] = "\x1b[2J" + std::string(1000, 'x');
  empty_panel["series"] = Json::array();
  CHECK_THAT(refusal("/panels/0", empty_panel), Contains("the panel '?[2J" + std::string(96, 'x') + "...' is empty"));
  CHECK_THAT(refusal("/panels", Json(5, chart_to_json(figure1())["panels"][0])), Contains("has 5 panels"));
  CHECK_THAT(refusal("/format", {"resnet-chart-1"}), Contains("expected \"resnet-chart-1\""));
  CHECK_THAT(refusal("/format", "resnet-chart-9"), Contains("expected \"resnet-chart-1\""));
}

// With arrays so deep that whatever calls itself at each level would overflow the stack, and is not a test but a crash.
TEST_CASE("a figure.json nested 450,000 deep is refused wherever it is so") {
  const std::string deep = std::string(450'000, '[') + std::string(450'000, ']');
  const std::string chart = chart_to_json(figure1()).dump();
  for (const std::string part : {"\"resnet-chart-1\"", "3", "[0.0,64000.0]", "\"left\"", "\"training\"", "null"}) {
    CAPTURE(part);
    std::string changed = chart;
    REQUIRE(changed.find(part) != std::string::npos);
    changed.replace(changed.find(part), part.size(), deep);
    CHECK_FALSE(is_chart_json(changed));
    CHECK_THROWS_WITH(chart_from_json(changed, "figure.json"), Contains("figure.json: is not a chart"));
  }
}

TEST_CASE("what is no JSON, or JSON of something else, is no chart") {
  const std::string chart = chart_to_json(figure1()).dump();
  CHECK(is_chart_json(chart));
  CHECK_FALSE(is_chart_json(chart.substr(0, chart.size() / 2)));
  CHECK_FALSE(is_chart_json("{\"schedule\": \"1/64\", \"rows\": []}"));
  for (const char* text : {"[1]", "3", "null", "\"resnet-chart-1\"", "{\"format\": [1]}", "{\"format\": null}"}) {
    CHECK_FALSE(is_chart_json(text));
  }
  for (const std::string& text :
       {std::string(), std::string("[]"), chart.substr(0, chart.size() / 2), std::string(100'000, '[')}) {
    CHECK_THROWS_WITH(chart_from_json(text, "figure.json"), Contains("figure.json: is not a chart"));
  }
}

}  // namespace
}  // namespace resnet

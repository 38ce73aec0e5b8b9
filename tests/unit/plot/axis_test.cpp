// SPDX-License-Identifier: MIT
#include "plot/axis.hpp"

#include <cmath>

#include "support/catch.hpp"

namespace resnet {
namespace {

// Errors that fall in a straight line from the first iteration to the last.
Curve falling(double iterations, double from, double to) {
  Curve curve;
  for (int i = 1; i <= 100; ++i) curve.push_back({iterations * i / 100, from + (to - from) * i / 100});
  return curve;
}

Chart chart_of(std::vector<std::optional<Range>> y_ranges) {
  Chart chart;
  for (const auto& range : y_ranges) {
    chart.panels.push_back({"", "iter.", "error (%)", Range{0, 64000}, range, {Series{}, Series{}}});
  }
  return chart;
}

constexpr Range kPaper = {0, 20};  // Figures 1 and 6

TEST_CASE("a full training run is drawn from 0 to 20 % (Figures 1 and 6)") {
  const auto axes = choose_axes(chart_of({kPaper}), {{falling(64000, 22, 6), falling(64000, 25, 8)}}).front();
  CHECK(axes.y.range.low == 0);
  CHECK(axes.y.range.high == 20);
  CHECK(axes.y.step == 5);
  CHECK(axes.x.range.high == 64000);
  CHECK(axes.x.step == 10000);
}

TEST_CASE("plain-110, above 60 %, does not push the others off the paper's axis (Figure 6)") {
  const auto axes = choose_axes(chart_of({kPaper}), {{falling(64000, 18, 6), falling(64000, 90, 65)}}).front();
  CHECK(axes.y.range.high == 20);
}

TEST_CASE("a run at 40 to 90 % gets an axis that shows all of it") {
  const auto axes = choose_axes(chart_of({kPaper}), {{falling(1000, 90, 42), falling(1000, 91, 86)}}).front();
  CHECK(axes.y.range.low == 40);
  CHECK(axes.y.range.high == 100);
  CHECK(axes.y.step == 10);
}

TEST_CASE("panels that ask for one range share what they get") {
  const std::vector<std::vector<Curve>> curves = {{falling(1000, 90, 42)}, {falling(1000, 70, 62)}, {}};
  const auto axes = choose_axes(chart_of({kPaper, kPaper, Range{0, 10}}), curves);
  CHECK(axes[1].y.range.low == axes[0].y.range.low);
  CHECK(axes[1].y.range.high == axes[0].y.range.high);
  CHECK(axes[2].y.range.high == 10);
}

TEST_CASE("a panel that the shared range would leave empty gets one of its own: ResNet-1202 after 250 iterations") {
  const std::vector<std::vector<Curve>> curves = {
      {falling(64000, 20, 5)}, {falling(64000, 20, 5)}, {falling(250, 90, 87)}};
  const auto axes = choose_axes(chart_of({kPaper, kPaper, kPaper}), curves);
  CHECK(axes[0].y.range.high == 20);
  CHECK(axes[1].y.range.high == 20);
  CHECK(axes[2].y.range.low <= 87);
  CHECK(axes[2].y.range.high >= 90);
}

TEST_CASE("an x range asked for is widened for a longer run and kept for a shorter one") {
  const auto axes = choose_axes(chart_of({kPaper, kPaper}), {{falling(128000, 20, 5)}, {falling(8000, 20, 5)}});
  CHECK(axes[0].x.range.high == 128000);
  CHECK(axes[1].x.range.high == 64000);
}

TEST_CASE("without a range asked for the axis follows the points and begins at 0 where that is near") {
  Chart chart = chart_of({std::nullopt});
  chart.panels[0].x_range.reset();
  const auto axes = choose_axes(chart, {{falling(1000, 80, 10)}}).front();
  CHECK(axes.x.range.low == 0);
  CHECK(axes.x.range.high == 1000);
  CHECK(axes.y.range.low == 0);
  CHECK(axes.y.range.high == 80);
}

TEST_CASE(
    "a log axis ends at the powers of ten around its points, and its ticks are powers of ten apart (Section 4.1)") {
  Chart chart = chart_of({std::nullopt});
  chart.panels[0].y_scale = Scale::kLog;
  // The gradients of plain-56's first layer: 420 in the first iteration, 7.7e-6 at their smallest.
  const Axis wide = choose_axes(chart, {{{{1, 420}, {10, 0.3}, {1000, 7.7e-6}}}}).front().y;
  CHECK(wide.scale == Scale::kLog);
  CHECK(wide.range.low == Approx(1e-6).epsilon(1e-12));
  CHECK(wide.range.high == Approx(1e3).epsilon(1e-12));
  CHECK(wide.step == Approx(100));  // 9 powers: every second

  const Axis exact = choose_axes(chart, {{{{1, 1000}, {2, 0.001}}}}).front().y;
  CHECK(exact.range.low == Approx(1e-3).epsilon(1e-12));
  CHECK(exact.range.high == Approx(1e3).epsilon(1e-12));
  CHECK(exact.step == Approx(10));
}

TEST_CASE("a log axis follows a range asked for if most of the points lie in it") {
  Chart chart = chart_of({Range{0.02, 50}});
  chart.panels[0].y_scale = Scale::kLog;
  CHECK(choose_axes(chart, {{{{1, 1}, {2, 3}, {3, 1e-5}}}}).front().y.range.low == Approx(0.01));
  CHECK(choose_axes(chart, {{{{1, 1}, {2, 3}, {3, 1e-5}}}}).front().y.range.high == Approx(100));
  CHECK(choose_axes(chart, {{{{1, 1}, {2, 1e-4}, {3, 1e-5}}}}).front().y.range.low == Approx(1e-5));
}

TEST_CASE("panels that ask for one range on different scales do not share it") {
  Chart chart = chart_of({Range{1, 20}, Range{1, 20}});
  chart.panels[1].y_scale = Scale::kLog;
  const auto axes = choose_axes(chart, {{falling(64000, 20, 5)}, {falling(64000, 900, 500)}});
  CHECK(axes[0].y.range.high == 20);
  CHECK(axes[1].y.range.high == Approx(1000));
}

TEST_CASE("a log axis of one point, of none, and at the ends of what is drawn has ascending ticks") {
  Chart chart = chart_of({std::nullopt});
  chart.panels[0].y_scale = Scale::kLog;
  for (const Curve& curve : std::vector<Curve>{{{5, 7}}, {{5, 10}}, {}, {{1, 1e-100}, {2, 1e15}}}) {
    const Axis axis = choose_axes(chart, {{curve}}).front().y;
    const double ticks = std::log10(axis.range.high / axis.range.low) / std::log10(axis.step);
    CHECK(axis.range.low > 0);
    CHECK(ticks >= 1);
    CHECK(ticks <= 7);
    for (const Point& point : curve) {
      CHECK(axis.range.low <= point.y * (1 + 1e-9));
      CHECK(axis.range.high >= point.y * (1 - 1e-9));
    }
  }
}

TEST_CASE("axes of one point, of none, and at the ends of the numbers have finite, ascending ticks") {
  const std::vector<Curve> hard = {{{5, 7}},
                                   {},
                                   {{0, 0}},
                                   {{-1e15, -1e15}, {1e15, 1e15}},
                                   {{1e15, 1e15}, {std::nextafter(1e15, 2e15), std::nextafter(1e15, 2e15)}},
                                   {{0, 0}, {5e-324, 5e-324}}};
  for (const Curve& curve : hard) {
    Chart chart = chart_of({std::nullopt});
    chart.panels[0].x_range.reset();
    const PanelAxes axes = choose_axes(chart, {{curve}}).front();
    for (const Axis& axis : {axes.x, axes.y}) {
      const double ticks = (axis.range.high - axis.range.low) / axis.step;
      CHECK(ticks >= 1);
      CHECK(ticks <= 12);
    }
  }
}

}  // namespace
}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "plot/curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

TEST_CASE("points that are not finite are left out and their neighbours kept") {
  const TempFolder folder;
  write_atomically(folder.path() / "log.csv", "iteration,training,test\n1,90,\n2,nan,80\n3,inf,\n4,60,70\n");
  Chart chart;
  chart.panels.push_back(
      {"", "", "", {}, {}, {{"", "log.csv", "iteration", "training"}, {"", "log.csv", "iteration", "test"}}});
  const auto curves = read_curves(chart, folder.path()).front();
  REQUIRE(curves[0].size() == 2);
  CHECK(curves[0][1].x == 4);
  REQUIRE(curves[1].size() == 2);
  CHECK(curves[1][0].y == 80);
}

TEST_CASE("the curves of every panel come in their order, whatever the order of their files") {
  const TempFolder folder;
  write_atomically(folder.path() / "a.csv", "x,y,z\n1,10,20\n");
  write_atomically(folder.path() / "b.csv", "x,y\n2,30\n");
  Chart chart;
  chart.panels.push_back({"", "", "", {}, {}, {{"", "b.csv", "x", "y"}, {"", "a.csv", "x", "z"}}});
  chart.panels.push_back({"", "", "", {}, {}, {{"", "a.csv", "x", "y"}}});
  const auto curves = read_curves(chart, folder.path());
  REQUIRE(curves.size() == 2);
  REQUIRE(curves[0].size() == 2);
  REQUIRE(curves[1].size() == 1);
  CHECK(curves[0][0].front().y == 30);
  CHECK(curves[0][1].front().y == 20);
  CHECK(curves[1][0].front().y == 10);
}

TEST_CASE("a curve has as many points as its file up to 100,000, and no more of a longer one") {
  const TempFolder folder;
  const auto read = [&](int rows) {
    std::string text = "iteration,error\n";
    for (int i = 1; i <= rows; ++i) text += fmt::format("{},{}\n", i, i == 777 ? 1000 : i % 10);
    write_atomically(folder.path() / "log.csv", text);
    Chart chart;
    chart.panels.push_back({"", "", "", {}, {}, {{"", "log.csv", "iteration", "error"}}});
    return read_curves(chart, folder.path()).front().front();
  };
  CHECK(read(100'000).size() == 100'000);
  const Curve many = read(1'000'000);
  CHECK(many.size() > 90'000);
  CHECK(many.size() <= 100'002);
  CHECK(many.front().x == 1);
  CHECK(many.back().x == 1'000'000);
  CHECK(std::ranges::count(many, 1000, &Point::y) == 1);
}

TEST_CASE("on a log axis, which has no place for them, zeros and negative numbers are left out") {
  const TempFolder folder;
  write_atomically(folder.path() / "log.csv", "iteration,norm\n1,420\n2,0\n3,-1\n4,1e-5\n5,1e-200\n");
  Chart chart;
  chart.panels.push_back({"", "", "", {}, {}, {{"", "log.csv", "iteration", "norm"}}});
  CHECK(read_curves(chart, folder.path()).front().front().size() == 5);
  chart.panels[0].y_scale = Scale::kLog;
  const Curve curve = read_curves(chart, folder.path()).front().front();
  REQUIRE(curve.size() == 2);
  CHECK(curve[0].y == 420);
  CHECK(curve[1].x == 4);
}

TEST_CASE("a thinned curve keeps its ends, its peaks and its order") {
  Curve curve;
  for (int i = 0; i < 64000; ++i) curve.push_back({double(i), std::sin(i * 0.7)});
  curve[12345].y = 50;
  curve[54321].y = -50;
  const Curve few = thinned(curve, 1200);
  CHECK(few.size() > 600);
  CHECK(few.size() <= 1202);
  CHECK(few.front().x == 0);
  CHECK(few.back().x == 63999);
  CHECK(std::ranges::count(few, 50, &Point::y) == 1);
  CHECK(std::ranges::count(few, -50, &Point::y) == 1);
  CHECK(std::ranges::is_sorted(few, std::less{}, &Point::x));
  CHECK(thinned(curve, 64000).size() == 64000);
}

}  // namespace
}  // namespace resnet

// SPDX-License-Identifier: MIT
// Each instruction set of this machine against loops over single numbers.
#include "kernel/roi_pool.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/each_simd_target.hpp"
#include "support/small_numbers.hpp"

using namespace resnet;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// In pixels of an image of which the map has one for 16: in the map, around it, beside it, a single pixel, a part of
// one, halves on the map, ends before they begin, and beyond all whole numbers.
const std::vector<float> kRegions = {0,      0,      200,   150,   -300,  -200,  900,   700,  -90, -90, -40, -40,  //
                                     400,    20,     500,   90,    32,    48,    32,    48,   35,  50,  36,  51,   //
                                     8,      -8,     72,    56,    100,   90,    50,    40,   150, 30,  260, 80,   //
                                     -3e38F, -3e38F, 3e38F, 3e38F, 3e38F, 3e38F, 3e38F, 3e38F};
constexpr double kScale = 1.0 / 16;

// Grids of the detectors with VGG-16 and the residual nets, and others; maps smaller than the grid and larger; whole
// vectors of channels and what is left of one.
const std::vector<RoiPoolShape> kShapes = {
    {11, 14, 64, 11, 7}, {9, 8, 17, 11, 14}, {1, 1, 3, 11, 2}, {12, 13, 1, 11, 1}, {5, 30, 33, 0, 7}};

std::int64_t size_of_map(const RoiPoolShape& s) { return s.height * s.width * s.channels; }
std::int64_t size_of_y(const RoiPoolShape& s) { return s.regions * s.grid * s.grid * s.channels; }

// The pixels of a bin in one direction, before they are cut to the map.
std::pair<double, double> bin_ends(double start, double end, std::int64_t bin, std::int64_t grid) {
  const auto on_map = [](double x) { return std::clamp(std::round(x * kScale), -0x1p30, 0x1p30); };
  const float size = static_cast<float>(std::max(on_map(end) - on_map(start) + 1, 1.0)) / static_cast<float>(grid);
  return {on_map(start) + double{std::floor(static_cast<float>(bin) * size)},
          on_map(start) + double{std::ceil(static_cast<float>(bin + 1) * size)}};
}

struct Expected {
  std::vector<float> y;
  std::vector<RoiPlace> places;
  std::vector<float> sums;
};

// As the definition has it: bin by bin, pixel by pixel.
template <typename T>
Expected expected(const RoiPoolShape& s, const std::vector<T>& map, const std::vector<T>& dy) {
  Expected result;
  result.sums.resize(map.size());
  for (std::int64_t at = 0; at < size_of_y(s); ++at) {
    const std::int64_t channel = at % s.channels;
    const std::int64_t column = at / s.channels % s.grid;
    const std::int64_t row = at / s.channels / s.grid % s.grid;
    const float* const region = kRegions.data() + 4 * (at / s.channels / s.grid / s.grid);
    const auto [top, bottom] = bin_ends(double{region[1]}, double{region[3]}, row, s.grid);
    const auto [left, right] = bin_ends(double{region[0]}, double{region[2]}, column, s.grid);
    float best = 0;
    RoiPlace place = kNoRoiPlace;
    for (std::int64_t pixel = 0; pixel < s.height * s.width; ++pixel) {
      const auto y = static_cast<double>(pixel / s.width);
      const auto x = static_cast<double>(pixel % s.width);
      if (y < top || y >= bottom || x < left || x >= right) continue;
      const float v = value(map[pixel * s.channels + channel]);
      if (place != kNoRoiPlace && !(v > best)) continue;
      best = v;
      place = static_cast<RoiPlace>(pixel);
    }
    result.y.push_back(best);
    result.places.push_back(place);
    if (place != kNoRoiPlace) result.sums[place * s.channels + channel] += value(dy[at]);
  }
  return result;
}

using Spans = std::vector<std::pair<std::int64_t, std::int64_t>>;

Spans spans_of(const RoiPoolShape& shape, const std::vector<float>& region, double scale) {
  Spans spans;
  for (const BinSpan span : roi_bins(shape, region.data(), scale)) spans.emplace_back(span.first, span.last);
  return spans;
}

}  // namespace

TEST_CASE("the bins of a region are its pixels, ends included, cut into a grid whose bins may share a pixel") {
  const RoiPoolShape shape{20, 30, 1, 1, 3};
  // The rows 2 to 7, as halves are rounded away from zero, and the columns 1 to 4.
  CHECK(spans_of(shape, {8, 24, 56, 104}, kScale) == Spans{{2, 4}, {4, 6}, {6, 8}, {1, 3}, {2, 4}, {3, 5}});
  // One pixel is in all bins; what ends before it begins is one.
  CHECK(spans_of(shape, {32, 48, 32, 48}, kScale) == Spans{{3, 4}, {3, 4}, {3, 4}, {2, 3}, {2, 3}, {2, 3}});
  CHECK(spans_of(shape, {32, 48, 0, 0}, kScale) == spans_of(shape, {32, 48, 32, 48}, kScale));
  // Cut to the map, above it and on its right.
  CHECK(spans_of(shape, {28, -3, 33, 2}, 1) == Spans{{0, 0}, {0, 1}, {1, 3}, {28, 30}, {30, 30}, {30, 30}});
}

TEST_CASE("57 pixels in seven bins overlap as float32 rounds them") {
  const Spans spans = spans_of({60, 60, 1, 1, 7}, {0, 0, 56, 56}, 1);
  CHECK(std::vector(spans.begin(), spans.begin() + 7) ==
        Spans{{0, 9}, {8, 17}, {16, 25}, {24, 33}, {32, 41}, {40, 49}, {48, 58}});
}

TEST_CASE("regions beyond all whole numbers cover the map, or no part of it") {
  const RoiPoolShape shape{20, 30, 1, 1, 2};
  CHECK(spans_of(shape, {-3e38F, -3e38F, 3e38F, 3e38F}, 4) == Spans{{0, 0}, {0, 20}, {0, 0}, {0, 30}});
  CHECK(spans_of(shape, {3e38F, -3e38F, 3e38F, -3e38F}, 4) == Spans{{0, 0}, {0, 0}, {30, 30}, {30, 30}});
}

TEMPLATE_TEST_CASE("RoI pooling takes the first largest number of each bin, and gives it the gradient", "", float,
                   Bf16) {
  on_each_target([] {
    for (const RoiPoolShape& s : kShapes) {
      CAPTURE(s.height, s.width, s.channels, s.regions, s.grid);
      const auto map = whole_numbers<TestType>(size_of_map(s), 1);
      const auto dy = whole_numbers<TestType>(size_of_y(s), 2);
      const Expected theirs = expected(s, map, dy);
      const std::vector<BinSpan> bins = roi_bins(s, kRegions.data(), kScale);
      std::vector<TestType> y(dy.size(), number<TestType>(7));
      std::vector<RoiPlace> places(dy.size());
      const std::int64_t rows = s.regions * s.grid;
      roi_pool(s, map.data(), bins.data(), y.data(), places.data(), 0, rows / 2);
      roi_pool(s, map.data(), bins.data(), y.data(), places.data(), rows / 2, rows);
      CHECK(values(y) == theirs.y);
      CHECK(places == theirs.places);

      std::vector<TestType> without_places(dy.size());
      roi_pool<TestType>(s, map.data(), bins.data(), without_places.data(), nullptr, 0, rows);
      CHECK(without_places == y);

      std::vector<float> sums(map.size());
      roi_pool_gradient(s, dy.data(), places.data(), sums.data(), 0, s.channels / 2);
      roi_pool_gradient(s, dy.data(), places.data(), sums.data(), s.channels / 2, s.channels);
      CHECK(sums == theirs.sums);
    }
  });
}

TEST_CASE("a NaN in a bin is its largest number, the last one of several, and a bin of -inf has that") {
  on_each_target([] {
    const RoiPoolShape s{2, 2, 17, 1, 1};
    std::vector<float> map(4 * 17, -kInfinity);
    for (const std::int64_t channel : {0, 16}) map[17 + channel] = map[2 * 17 + channel] = kNan;
    const BinSpan bins[] = {{0, 2}, {0, 2}};
    std::vector<float> y(17);
    std::vector<RoiPlace> places(17);
    roi_pool(s, map.data(), bins, y.data(), places.data(), 0, 1);
    for (const std::size_t channel : {std::size_t{0}, std::size_t{16}}) {
      CHECK(std::isnan(y[channel]));
      CHECK(places[channel] == 2);
    }
    CHECK(y[1] == -kInfinity);
    CHECK(places[1] == 0);
  });
}

// SPDX-License-Identifier: MIT
// Each instruction set of this machine against a loop over pairs of boxes.
#include "kernel/suppress.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/each_simd_target.hpp"

using namespace resnet;

namespace {

using Indices = std::vector<std::int64_t>;
using Floats = std::vector<float>;

// Rounded after each operation: `volatile` keeps the compiler from fusing two.
float overlap_of(const float* a, const float* b) {
  const volatile float area = (a[2] - a[0]) * (a[3] - a[1]);
  const volatile float other = (b[2] - b[0]) * (b[3] - b[1]);
  const float width = std::max(0.0F, std::min(a[2], b[2]) - std::max(a[0], b[0]));
  const float height = std::max(0.0F, std::min(a[3], b[3]) - std::max(a[1], b[1]));
  const volatile float shared = width * height;
  return shared / (area + other - shared);
}

// As the definition has it: each kept box drops those behind it.
Indices expected(const Floats& boxes, double overlap, std::int64_t most) {
  const auto count = static_cast<std::int64_t>(boxes.size() / 4);
  std::vector<bool> is_dropped(static_cast<std::size_t>(count));
  Indices kept;
  for (std::int64_t i = 0; i < count; ++i) {
    if (is_dropped[i]) continue;
    kept.push_back(i);
    for (std::int64_t j = i + 1; j < count; ++j) {
      if (double{overlap_of(&boxes[4 * i], &boxes[4 * j])} > overlap) is_dropped[j] = true;
    }
  }
  kept.resize(std::min<std::size_t>(kept.size(), most));
  return kept;
}

Indices suppressed(const Floats& boxes, double overlap, std::int64_t most) {
  return suppress(boxes.data(), static_cast<std::int64_t>(boxes.size() / 4), overlap, most);
}

// Sides in units of a pixel or of a seventh of one: overlaps that are just at a threshold, and such that rounding
// decides. Some boxes have no area.
Floats made_up(std::int64_t count, int side, float unit, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_int_distribution<int> whole(0, side);
  Floats boxes;
  for (std::int64_t i = 0; i < count; ++i) {
    const int left = whole(generator);
    const int top = whole(generator);
    const int right = left + whole(generator);
    const int bottom = top + whole(generator);
    for (const int end : {left, top, right, bottom}) boxes.push_back(static_cast<float>(end) / unit);
  }
  return boxes;
}

}  // namespace

TEST_CASE("suppression keeps what a loop over pairs of boxes keeps, and of that the first ones (Section 4.3)") {
  on_each_target([] {
    for (const std::int64_t count : {1, 15, 16, 17, 300}) {
      for (const int side : {4, 12, 40}) {
        for (const double overlap : {0.0, 0.3, 1.0 / 3, 0.5, 0.7, 1.0}) {
          for (const float unit : {1.0F, 7.0F}) {
            CAPTURE(count, side, overlap, unit);
            const Floats boxes = made_up(count, side, unit, static_cast<unsigned>(side));
            for (const std::int64_t most : {std::int64_t{0}, std::int64_t{1}, std::int64_t{16}, count, INT64_MAX}) {
              CHECK(suppressed(boxes, overlap, most) == expected(boxes, overlap, most));
            }
          }
        }
      }
    }
  });
}

TEST_CASE("a box at the threshold stays, and one above it goes, as a threshold in double has it") {
  const auto inside = [](float height) { return Floats{0, 0, 10, 10, 0, 0, 10, height}; };
  on_each_target([&] {
    CHECK(suppressed(inside(5), 0.5, 9) == Indices{0, 1});
    CHECK(suppressed(inside(6), 0.5, 9) == Indices{0});
    CHECK(suppressed(inside(7), 0.7, 9) == Indices{0, 1});  // 0.7 in float32 is less than 0.7
    CHECK(suppressed(inside(3), 0.3, 9) == Indices{0});     // 0.3 in float32 is more than 0.3
  });
}

TEST_CASE("boxes without an area drop none and are dropped by none") {
  const Floats boxes = {0, 0, 8, 8, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 3, 8, 9, 9, 2, 2, 0, 0, 0, 0, 0, 0, 8, 8};
  on_each_target([&] { CHECK(suppressed(boxes, 0, 9) == Indices{0, 1, 2, 3, 4, 5}); });
}

TEST_CASE("no boxes leave none, and boxes apart from each other all stay in order") {
  Floats apart;
  for (float left = 0; left < 400; left += 10) apart.insert(apart.end(), {left, -5, left + 10, 5});
  Indices all(40);
  std::iota(all.begin(), all.end(), 0);
  on_each_target([&] {
    CHECK(suppressed({}, 0.5, 9).empty());
    CHECK(suppressed(apart, 0, 40) == all);
  });
}

// SPDX-License-Identifier: MIT
// Each instruction set of this machine against loops over single numbers.
#include "kernel/max_pool.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/each_simd_target.hpp"
#include "support/small_numbers.hpp"

using namespace resnet;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// The pool behind conv1 (Table 1) and VGG's; maps smaller than a window, overlapping windows, gaps between them, the
// largest window; whole vectors of channels and what is left of one.
const std::vector<PoolShape> kShapes = {{2, 12, 14, 64, 3, 2, 1}, {3, 8, 6, 16, 2, 2, 0}, {1, 1, 1, 3, 3, 2, 1},
                                        {2, 7, 5, 17, 3, 1, 1},   {1, 9, 9, 1, 5, 3, 2},  {2, 10, 11, 33, 2, 3, 0},
                                        {1, 16, 15, 17, 15, 4, 7}};

std::int64_t size_of_x(const PoolShape& s) { return s.images * s.height * s.width * s.channels; }
std::int64_t size_of_y(const PoolShape& s) { return s.images * s.out_height() * s.out_width() * s.channels; }

struct Expected {
  std::vector<float> y;
  std::vector<std::uint8_t> taps;
  std::vector<float> dx;
};

// As the definition has it: window by window, tap by tap.
template <typename T>
Expected expected(const PoolShape& s, const std::vector<T>& x, const std::vector<T>& dy) {
  Expected result;
  result.dx.resize(x.size());
  for (std::int64_t at = 0; at < size_of_y(s); ++at) {
    const std::int64_t channel = at % s.channels;
    const std::int64_t column = at / s.channels % s.out_width();
    const std::int64_t row = at / s.channels / s.out_width() % s.out_height();
    const std::int64_t image = at / s.channels / s.out_width() / s.out_height();
    float best = 0;
    std::int64_t best_tap = -1;
    std::int64_t best_at = 0;
    for (std::int64_t tap = 0; tap < s.kernel * s.kernel; ++tap) {
      const std::int64_t x_row = row * s.stride - s.padding + tap / s.kernel;
      const std::int64_t x_column = column * s.stride - s.padding + tap % s.kernel;
      if (x_row < 0 || x_row >= s.height || x_column < 0 || x_column >= s.width) continue;
      const std::int64_t x_at = ((image * s.height + x_row) * s.width + x_column) * s.channels + channel;
      const float v = value(x[x_at]);
      if (best_tap >= 0 && !(v > best) && !std::isnan(v)) continue;
      best = v;
      best_tap = tap;
      best_at = x_at;
    }
    result.y.push_back(best);
    result.taps.push_back(static_cast<std::uint8_t>(best_tap));
    result.dx[best_at] += value(dy[at]);
  }
  return result;
}

}  // namespace

TEMPLATE_TEST_CASE("a max pool takes the first largest number of each window, and gives it the gradient (Table 1)", "",
                   float, Bf16) {
  on_each_target([] {
    for (const PoolShape& s : kShapes) {
      CAPTURE(s.images, s.height, s.width, s.channels, s.kernel, s.stride, s.padding);
      const auto x = whole_numbers<TestType>(size_of_x(s), 1);
      const auto dy = whole_numbers<TestType>(size_of_y(s), 2);
      const Expected theirs = expected(s, x, dy);
      std::vector<TestType> y(dy.size());
      std::vector<std::uint8_t> taps(dy.size());
      const std::int64_t rows = s.images * s.out_height();
      max_pool(s, x.data(), y.data(), taps.data(), 0, rows / 2);
      max_pool(s, x.data(), y.data(), taps.data(), rows / 2, rows);
      CHECK(values(y) == theirs.y);
      CHECK(taps == theirs.taps);

      std::vector<TestType> without_taps(dy.size());
      max_pool(s, x.data(), without_taps.data(), nullptr, 0, rows);
      CHECK(without_taps == y);

      std::vector<TestType> dx(x.size(), number<TestType>(7));
      const std::int64_t x_rows = s.images * s.height;
      max_pool_gradient(s, dy.data(), taps.data(), dx.data(), 0, x_rows / 2);
      max_pool_gradient(s, dy.data(), taps.data(), dx.data(), x_rows / 2, x_rows);
      CHECK(values(dx) == theirs.dx);
    }
  });
}

TEST_CASE("a NaN in a window is its largest number, and the last one of several") {
  on_each_target([] {
    const PoolShape s{1, 2, 2, 17, 2, 2, 0};
    std::vector<float> x(4 * 17, 5.0F);
    for (const std::int64_t channel : {0, 16}) x[17 + channel] = x[2 * 17 + channel] = kNan;
    std::vector<float> y(17);
    std::vector<std::uint8_t> taps(17);
    max_pool(s, x.data(), y.data(), taps.data(), 0, 1);
    for (const std::size_t channel : {std::size_t{0}, std::size_t{16}}) {
      CHECK(std::isnan(y[channel]));
      CHECK(taps[channel] == 2);
    }
    CHECK(y[1] == 5.0F);
    CHECK(taps[1] == 0);
  });
}

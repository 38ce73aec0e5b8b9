// SPDX-License-Identifier: MIT
// Each instruction set of this machine against the sums of a convolution written out in double precision.
#include "kernel/winograd.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernel/simd.hpp"
#include "support/catch.hpp"
#include "support/each_simd_target.hpp"

using namespace resnet;

namespace {

using Numbers = std::vector<float>;

// Even and odd sizes; maps smaller than a tile, narrower and wider than a block; equal and unequal widths of layers, of
// one vector and of several; one block and many.
const std::vector<WinogradShape> kShapes = {{1, 1, 1, 16, 16},  {1, 2, 3, 16, 32},  {2, 5, 1, 32, 16},
                                            {1, 1, 7, 48, 16},  {3, 8, 8, 64, 64},  {2, 7, 7, 16, 48},
                                            {2, 6, 50, 16, 16}, {5, 13, 9, 32, 80}, {9, 16, 16, 16, 32}};

Numbers noise(std::int64_t size, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  Numbers numbers(static_cast<std::size_t>(size));
  for (float& number : numbers) number = normal(generator);
  return numbers;
}

struct Layer {
  explicit Layer(const WinogradShape& s)
      : shape(s),
        x(noise(s.images * s.height * s.width * s.in, 1)),
        dy(noise(s.images * s.height * s.width * s.out, 2)),
        weights(noise(9 * s.in * s.out, 3)) {}

  WinogradShape shape;
  Numbers x;
  Numbers dy;
  Numbers weights;
};

// Weights that lie as [out, in, 3, 3], and as the channels-last format has them.
WeightStrides plain(const WinogradShape& s) { return {9 * s.in, 9, 3, 1}; }
WeightStrides channels_last(const WinogradShape& s) { return {9 * s.in, 1, 3 * s.in, s.in}; }

// Calls body(x, dy, w) with the places of all that is multiplied: y += x w, dx += dy w, dw += x dy.
template <typename Body>
void for_each_product(const WinogradShape& s, const WeightStrides& strides, const Body& body) {
  for (std::int64_t n = 0; n < s.images; ++n) {
    for (std::int64_t row = 0; row < s.height; ++row) {
      for (std::int64_t column = 0; column < s.width; ++column) {
        for (std::int64_t tap = 0; tap < 9; ++tap) {
          const std::int64_t from_row = row + tap / 3 - 1;
          const std::int64_t from_column = column + tap % 3 - 1;
          if (from_row < 0 || from_row >= s.height || from_column < 0 || from_column >= s.width) continue;
          const std::int64_t x = ((n * s.height + from_row) * s.width + from_column) * s.in;
          const std::int64_t dy = ((n * s.height + row) * s.width + column) * s.out;
          const std::int64_t w = tap / 3 * strides.row + tap % 3 * strides.column;
          for (std::int64_t out = 0; out < s.out; ++out) {
            for (std::int64_t in = 0; in < s.in; ++in) {
              body(x + in, dy + out, w + out * strides.out + in * strides.in);
            }
          }
        }
      }
    }
  }
}

Numbers convolve(const WinogradShape& s, const Numbers& x, const float* weights, const WeightStrides& strides) {
  Numbers transformed(static_cast<std::size_t>(winograd_weights_size(s)));
  winograd_transform_weights(s, weights, strides, transformed.data());
  Numbers y(static_cast<std::size_t>(s.images * s.height * s.width * s.out), -1.0F);
  winograd_convolve(s, x.data(), transformed.data(), {}, y.data(), 0, winograd_blocks(s));
  return y;
}

Numbers output(const Layer& layer, const WeightStrides& strides) {
  return convolve(layer.shape, layer.x, layer.weights.data(), strides);
}

Numbers input_gradient(const Layer& layer, const WeightStrides& w) {
  WinogradShape back = layer.shape;
  std::swap(back.in, back.out);
  return convolve(back, layer.dy, layer.weights.data() + 2 * w.row + 2 * w.column, {w.in, w.out, -w.row, -w.column});
}

Numbers weight_gradient(const Layer& layer, const WeightStrides& strides) {
  const WinogradShape& s = layer.shape;
  const std::int64_t chunks = winograd_gradient_chunks(s);
  Numbers sums(static_cast<std::size_t>(9 * s.in * s.out * chunks), -1.0F);
  winograd_gradient_sums(s, layer.x.data(), layer.dy.data(), sums.data(), 0, chunks);
  Numbers dw(layer.weights.size(), -1.0F);
  winograd_weight_gradient(s, sums.data(), strides, dw.data(), 0, s.in);
  return dw;
}

double value(float x) { return static_cast<double>(x); }

// |ours - exact| / |exact|, as lengths of vectors.
double error_of(const Numbers& ours, const std::vector<double>& exact) {
  double distance = 0;
  double length = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    distance += std::pow(value(ours[i]) - exact[i], 2);
    length += exact[i] * exact[i];
  }
  return std::sqrt(distance / length);
}

}  // namespace

TEST_CASE("what follows a convolution is done to each output: shift, residual, ReLU") {
  on_each_target([] {
    for (const WinogradShape& s : kShapes) {
      CAPTURE(s.images, s.height, s.width, s.in, s.out);
      const Layer layer(s);
      const Numbers y = output(layer, plain(s));
      const Numbers shift = noise(s.out, 4);
      const Numbers residual = noise(static_cast<std::int64_t>(y.size()), 5);
      Numbers transformed(static_cast<std::size_t>(winograd_weights_size(s)));
      winograd_transform_weights(s, layer.weights.data(), plain(s), transformed.data());
      for (const bool has_relu : {false, true}) {
        for (const float* added : {static_cast<const float*>(nullptr), residual.data()}) {
          Numbers finished(y.size());
          winograd_convolve(s, layer.x.data(), transformed.data(), {shift.data(), added, has_relu}, finished.data(), 0,
                            winograd_blocks(s));
          bool is_same = true;
          for (std::size_t i = 0; i < y.size(); ++i) {
            float expected = y[i] + shift[i % static_cast<std::size_t>(s.out)];
            if (added != nullptr) expected += residual[i];
            if (has_relu) expected = std::max(expected, 0.0F);
            is_same = is_same && finished[i] == expected;
          }
          CHECK(is_same);
        }
      }
    }
  });
}

TEST_CASE("a ReLU behind a convolution lets NaN pass") {
  on_each_target([] {
    const WinogradShape s{1, 4, 4, 16, 16};
    const Layer layer(s);
    Numbers transformed(static_cast<std::size_t>(winograd_weights_size(s)));
    winograd_transform_weights(s, layer.weights.data(), plain(s), transformed.data());
    Numbers shift(16, 0.0F);
    shift[3] = std::numeric_limits<float>::quiet_NaN();
    Numbers y(4 * 4 * 16);
    winograd_convolve(s, layer.x.data(), transformed.data(), {shift.data(), nullptr, true}, y.data(), 0,
                      winograd_blocks(s));
    CHECK(std::isnan(y[3]));
    CHECK_FALSE(std::isnan(y[4]));
  });
}

TEST_CASE("Winograd's outputs and gradients are those of the direct sums, on each instruction set") {
  for (const WinogradShape& s : kShapes) {
    CAPTURE(s.images, s.height, s.width, s.in, s.out);
    const Layer layer(s);
    for (const WeightStrides& strides : {plain(s), channels_last(s)}) {
      std::vector<double> y(layer.dy.size());
      std::vector<double> dx(layer.x.size());
      std::vector<double> dw(layer.weights.size());
      for_each_product(s, strides, [&](std::int64_t in, std::int64_t out, std::int64_t w) {
        y[out] += value(layer.x[in]) * value(layer.weights[w]);
        dx[in] += value(layer.dy[out]) * value(layer.weights[w]);
        dw[w] += value(layer.x[in]) * value(layer.dy[out]);
      });
      on_each_target([&] {
        CHECK(error_of(output(layer, strides), y) < 1e-6);
        CHECK(error_of(input_gradient(layer, strides), dx) < 1e-6);
        CHECK(error_of(weight_gradient(layer, strides), dw) < 1e-5);
      });
    }
  }
}

TEST_CASE("the numbers do not depend on how the blocks and sums are spread over calls") {
  const WinogradShape s{7, 17, 16, 16, 32};
  const Layer layer(s);
  REQUIRE(winograd_blocks(s) > 3);
  REQUIRE(winograd_gradient_chunks(s) > 3);
  on_each_target([&] {
    Numbers transformed(static_cast<std::size_t>(winograd_weights_size(s)));
    winograd_transform_weights(s, layer.weights.data(), plain(s), transformed.data());
    Numbers y(layer.dy.size());
    for (std::int64_t block = winograd_blocks(s); block-- > 0;) {
      winograd_convolve(s, layer.x.data(), transformed.data(), {}, y.data(), block, block + 1);
    }
    CHECK(y == output(layer, plain(s)));

    const std::int64_t chunks = winograd_gradient_chunks(s);
    Numbers sums(static_cast<std::size_t>(9 * s.in * s.out * chunks));
    for (std::int64_t chunk = chunks; chunk-- > 0;) {
      winograd_gradient_sums(s, layer.x.data(), layer.dy.data(), sums.data(), chunk, chunk + 1);
    }
    Numbers dw(layer.weights.size());
    for (std::int64_t in = s.in; in-- > 0;) {
      winograd_weight_gradient(s, sums.data(), plain(s), dw.data(), in, in + 1);
    }
    CHECK(dw == weight_gradient(layer, plain(s)));
  });
}

TEST_CASE("without images there are no outputs, and the weights' gradient is zero") {
  const Layer layer({0, 8, 8, 16, 16});
  on_each_target([&] {
    CHECK(output(layer, plain(layer.shape)).empty());
    const Numbers dw = weight_gradient(layer, plain(layer.shape));
    CHECK(std::all_of(dw.begin(), dw.end(), [](float number) { return number == 0; }));
  });
}

TEST_CASE("a NaN or an infinity reaches every sum that it belongs to, and none of another image or channel") {
  const WinogradShape s{3, 9, 8, 16, 16};
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (const std::int64_t pixel : {0, 7, 36, 71}) {
      CAPTURE(bad, pixel);
      Layer layer(s);
      layer.x[(72 + pixel) * s.in + 3] = bad;
      on_each_target([&] {
        const Numbers y = output(layer, plain(s));
        bool all_that_see_it = true;
        bool others = false;
        for (std::int64_t i = 0; i < 3 * 72; ++i) {
          const bool is_bad = !std::isfinite(y[i * s.out + 5]);
          const std::int64_t rows = i % 72 / 8 - pixel / 8;
          const std::int64_t columns = i % 8 - pixel % 8;
          if (i / 72 != 1) {
            others = others || is_bad;
          } else if (std::abs(rows) <= 1 && std::abs(columns) <= 1) {
            all_that_see_it = all_that_see_it && is_bad;
          }
        }
        CHECK(all_that_see_it);
        CHECK_FALSE(others);
        const Numbers dw = weight_gradient(layer, plain(s));
        bool middle_tap = true;
        bool other_channels = false;
        for (std::int64_t i = 0; i < 9 * s.in * s.out; ++i) {
          const bool is_bad = !std::isfinite(dw[i]);
          if (i / 9 % s.in != 3) {
            other_channels = other_channels || is_bad;
          } else if (i % 9 == 4) {
            middle_tap = middle_tap && is_bad;
          }
        }
        CHECK(middle_tap);
        CHECK_FALSE(other_channels);
      });
    }
  }
}

TEST_CASE("Winograd is taken for the wide 3x3 layers of vectors of 8 and more, and for no others") {
  CHECK_FALSE(winograd_pays({128, 32, 32, 3, 16}));   // the first layer
  CHECK_FALSE(winograd_pays({128, 32, 32, 16, 24}));  // a part of a vector
  CHECK_FALSE(winograd_pays({32, 7, 7, 512, 512}));   // weights beyond the caches
  CHECK_FALSE(winograd_pays({128, 3, 3, 64, 64}));    // tiles that are half outside
  CHECK_FALSE(winograd_pays({1, 8, 8, 64, 64}));      // too little work to pay for the weights' transform
  CHECK_FALSE(winograd_pays({0, 32, 32, 16, 16}));
  on_each_target([] {
    const std::string target = simd_target();
    const bool is_wide = target != "SSE4" && target != "SCALAR" && target != "EMU128" && target != "NEON";
    CHECK(winograd_pays({128, 32, 32, 16, 16}) == is_wide);
    CHECK(winograd_pays({128, 8, 8, 64, 64}) == is_wide);
    CHECK(winograd_pays({32, 14, 14, 256, 256}) == is_wide);
  });
}

// SPDX-License-Identifier: MIT
// Each instruction set of this machine against the sums of a convolution written out in double precision.
#include "kernel/winograd.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "kernel/simd.hpp"
#include "support/catch.hpp"
#include "support/direct_convolution.hpp"
#include "support/each_simd_target.hpp"
#include "support/skip.hpp"

using namespace resnet;

namespace {

// Even and odd sizes; maps smaller than a tile, narrower and wider than a block; equal and unequal widths of layers, of
// one vector and of several; one block and many; those whose weights no longer stay in a cache,
const std::vector<ConvolutionShape> kShapes = {{1, 1, 1, 16, 16},   {1, 2, 3, 16, 32},  {2, 5, 1, 32, 16},
                                               {1, 1, 7, 48, 16},   {3, 8, 8, 64, 64},  {2, 7, 7, 16, 48},
                                               {2, 6, 50, 16, 16},  {5, 13, 9, 32, 80}, {9, 16, 16, 16, 32},
                                               {2, 7, 9, 128, 144}, {1, 3, 2, 512, 48}, {5, 6, 6, 48, 352}};

// One of each kind, of several blocks.
const ConvolutionShape kNarrow{7, 17, 16, 16, 32};
const ConvolutionShape kWide{9, 14, 14, 128, 128};

Numbers convolve(const ConvolutionShape& s, const Numbers& x, const float* weights, const WeightStrides& strides) {
  Numbers transformed(static_cast<std::size_t>(winograd_weights_size(s)));
  winograd_transform_weights(s, weights, strides, transformed.data(), 0, s.out);
  Numbers y(static_cast<std::size_t>(s.images * s.height * s.width * s.out), -1.0F);
  winograd_convolve(s, x.data(), transformed.data(), {}, y.data(), 0, winograd_blocks(s));
  return y;
}

Numbers output(const Layer& layer, const WeightStrides& strides) {
  return convolve(layer.shape, layer.x, layer.weights.data(), strides);
}

Numbers input_gradient(const Layer& layer, const WeightStrides& w) {
  ConvolutionShape back = layer.shape;
  std::swap(back.in, back.out);
  return convolve(back, layer.dy, layer.weights.data() + 2 * w.row + 2 * w.column, {w.in, w.out, -w.row, -w.column});
}

Numbers weight_gradient(const Layer& layer, const WeightStrides& strides) {
  const ConvolutionShape& s = layer.shape;
  const std::int64_t pieces = winograd_gradient_pieces(s);
  Numbers sums(static_cast<std::size_t>(winograd_gradient_size(s)), -1.0F);
  winograd_gradient_sums(s, layer.x.data(), layer.dy.data(), sums.data(), 0, pieces);
  Numbers dw(layer.weights.size(), -1.0F);
  winograd_weight_gradient(s, sums.data(), strides, dw.data(), 0, s.in);
  return dw;
}

std::vector<Bf16> convolve_bf16(const ConvolutionShape& s, const std::vector<Bf16>& x, const float* weights,
                                const WeightStrides& strides, const WinogradFinish<Bf16>& finish = {}) {
  std::vector<Bf16> transformed(static_cast<std::size_t>(winograd_weights_size(s)), 0x7fc0);
  winograd_transform_weights(s, weights, strides, transformed.data(), 0, s.out);
  std::vector<Bf16> y(static_cast<std::size_t>(s.images * s.height * s.width * s.out), 0x7fc0);
  winograd_convolve(s, x.data(), transformed.data(), finish, y.data(), 0, winograd_blocks(s));
  return y;
}

Numbers weight_gradient_bf16(const ConvolutionShape& s, const std::vector<Bf16>& x, const std::vector<Bf16>& dy,
                             const WeightStrides& strides) {
  const std::int64_t pieces = winograd_gradient_pieces(s);
  Numbers sums(static_cast<std::size_t>(winograd_gradient_size(s)), -1.0F);
  winograd_gradient_sums(s, x.data(), dy.data(), sums.data(), 0, pieces);
  Numbers dw(static_cast<std::size_t>(9 * s.in * s.out), -1.0F);
  winograd_weight_gradient(s, sums.data(), strides, dw.data(), 0, s.in);
  return dw;
}

// What rounding to 8 bits does to noise, as a part of its length: at most half a unit in the last place, evenly spread.
const double kRounding = std::pow(2, -8) / std::sqrt(3);

// With independent noise in x and w of variance 1, an output has 9 products of variance 1. Its transform sums 3 x 3
// products of a tile's number (variance 4) and a weight's (1, 3/4, 3/4 in each direction), and each product brings the
// rounding of two factors: 2 * 4 * (1 + 3/4 + 3/4)^2 = 50 squares of kRounding. The output is then rounded itself.
// The weights' gradient comes to 50 / 9 as well: 2 * 4 * ((2 + 1 + 2) / 3)^2 for each 4, and is not rounded.
const double kGradientBound = std::sqrt(50.0 / 9) * kRounding;
const double kOutputBound = std::sqrt(50.0 / 9 + 1) * kRounding;

// Whether the bfloat16 kernels can be run; if not, says so.
bool bf16_is_here() {
  if (!simd_multiplies_bf16()) skip("this processor has no products of bfloat16");
  return simd_multiplies_bf16();
}

}  // namespace

TEST_CASE("what follows a convolution is done to each output: shift, residual, ReLU") {
  on_each_target([] {
    for (const ConvolutionShape& s : kShapes) {
      CAPTURE(s.images, s.height, s.width, s.in, s.out);
      const Layer layer(s);
      const Numbers y = output(layer, plain(s));
      const Numbers shift = noise(s.out, 4);
      const Numbers residual = noise(static_cast<std::int64_t>(y.size()), 5);
      Numbers transformed(static_cast<std::size_t>(winograd_weights_size(s)));
      winograd_transform_weights(s, layer.weights.data(), plain(s), transformed.data(), 0, s.out);
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
    const ConvolutionShape s{1, 4, 4, 16, 16};
    const Layer layer(s);
    Numbers transformed(static_cast<std::size_t>(winograd_weights_size(s)));
    winograd_transform_weights(s, layer.weights.data(), plain(s), transformed.data(), 0, s.out);
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
  for (const ConvolutionShape& s : kShapes) {
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

TEST_CASE("the instruction sets agree with one another") {
  for (const ConvolutionShape& s : {kNarrow, kWide}) {
    CAPTURE(s.in);
    const Layer layer(s);
    const auto results = [&] {
      return std::vector<Numbers>{output(layer, plain(s)), input_gradient(layer, plain(s)),
                                  weight_gradient(layer, plain(s))};
    };
    const std::vector<Numbers> best = results();
    on_each_target([&] {
      const std::vector<Numbers> these = results();
      for (std::size_t i = 0; i < best.size(); ++i) {
        CAPTURE(i);
        CHECK(error_of(these[i], std::vector<double>(best[i].begin(), best[i].end())) < 1e-6);
      }
    });
  }
}

TEST_CASE("the numbers do not depend on how the blocks and sums are spread over calls") {
  for (const ConvolutionShape& s : {kNarrow, kWide}) {
    CAPTURE(s.in);
    const Layer layer(s);
    REQUIRE(winograd_blocks(s) > 3);
    REQUIRE(winograd_gradient_pieces(s) > 3);
    on_each_target([&] {
      Numbers transformed(static_cast<std::size_t>(winograd_weights_size(s)));
      for (std::int64_t out = 0; out < s.out; out += 16) {
        winograd_transform_weights(s, layer.weights.data(), plain(s), transformed.data(), out, out + 16);
      }
      Numbers y(layer.dy.size());
      for (std::int64_t block = winograd_blocks(s); block-- > 0;) {
        winograd_convolve(s, layer.x.data(), transformed.data(), {}, y.data(), block, block + 1);
      }
      CHECK(y == output(layer, plain(s)));

      Numbers sums(static_cast<std::size_t>(winograd_gradient_size(s)));
      for (std::int64_t piece = winograd_gradient_pieces(s); piece-- > 0;) {
        winograd_gradient_sums(s, layer.x.data(), layer.dy.data(), sums.data(), piece, piece + 1);
      }
      Numbers dw(layer.weights.size());
      for (std::int64_t in = s.in; in-- > 0;) {
        winograd_weight_gradient(s, sums.data(), plain(s), dw.data(), in, in + 1);
      }
      CHECK(dw == weight_gradient(layer, plain(s)));
    });
  }
}

TEST_CASE("the weights' gradient of a wide layer is summed over all chunks of its tiles") {
  const ConvolutionShape s{7, 31, 30, 16, 1024};
  REQUIRE(winograd_gradient_pieces(s) == 2 * 16);
  Layer layer(s);
  // All but one pixel of each image are zero, so that the direct sums are soon done.
  std::fill(layer.x.begin(), layer.x.end(), 0.0F);
  std::vector<double> dw(layer.weights.size());
  for (std::int64_t image = 0; image < s.images; ++image) {
    const std::int64_t row = 4 * image + 1;
    const std::int64_t column = 29 - 3 * image;
    for (std::int64_t in = 0; in < s.in; ++in) {
      const float x = static_cast<float>(image + 1) - 0.25F * static_cast<float>(in);
      layer.x[((image * s.height + row) * s.width + column) * s.in + in] = x;
      for (std::int64_t tap = 0; tap < 9; ++tap) {
        const std::int64_t y_row = row + 1 - tap / 3;
        const std::int64_t y_column = column + 1 - tap % 3;
        if (y_row >= s.height || y_column >= s.width) continue;
        for (std::int64_t out = 0; out < s.out; ++out) {
          const float dy = layer.dy[((image * s.height + y_row) * s.width + y_column) * s.out + out];
          dw[(out * s.in + in) * 9 + tap] += value(x) * value(dy);
        }
      }
    }
  }
  on_each_target([&] { CHECK(error_of(weight_gradient(layer, plain(s)), dw) < 1e-5); });
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
  const ConvolutionShape s{3, 9, 8, 16, 16};
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
  CHECK_FALSE(winograd_pays<float>({128, 32, 32, 3, 16}));   // the first layer
  CHECK_FALSE(winograd_pays<float>({128, 32, 32, 16, 24}));  // a part of a vector
  CHECK_FALSE(winograd_pays<float>({32, 7, 7, 1024, 512}));  // weights beyond the caches
  CHECK_FALSE(winograd_pays<float>({128, 3, 3, 64, 64}));    // tiles that are half outside
  CHECK_FALSE(winograd_pays<float>({1, 8, 8, 64, 64}));      // too little work to pay for the weights' transform
  CHECK_FALSE(winograd_pays<float>({0, 32, 32, 16, 16}));
  on_each_target([] {
    const std::string target = simd_target();
    const bool is_wide = target.starts_with("AVX");
    CHECK(winograd_pays<float>({128, 32, 32, 16, 16}) == is_wide);
    CHECK(winograd_pays<float>({128, 8, 8, 64, 64}) == is_wide);
    CHECK(winograd_pays<float>({32, 14, 14, 256, 256}) == is_wide);
    CHECK(winograd_pays<float>({32, 7, 7, 512, 512}) == is_wide);
  });
}

TEST_CASE("in bfloat16 outputs and gradients are those of the direct sums, but for the rounding to 8 bits") {
  if (!bf16_is_here()) return;
  for (const ConvolutionShape& s : kShapes) {
    CAPTURE(s.images, s.height, s.width, s.in, s.out);
    const Layer layer(s);
    const std::vector<Bf16> x = rounded(layer.x);
    const std::vector<Bf16> dy = rounded(layer.dy);
    for (const WeightStrides& w : {plain(s), channels_last(s)}) {
      std::vector<double> exact_y(dy.size());
      std::vector<double> exact_dx(x.size());
      std::vector<double> exact_dw(layer.weights.size());
      for_each_product(s, w, [&](std::int64_t in, std::int64_t out, std::int64_t tap) {
        exact_y[out] += value(wide(x[in])) * value(layer.weights[tap]);
        exact_dx[in] += value(wide(dy[out])) * value(layer.weights[tap]);
        exact_dw[tap] += value(wide(x[in])) * value(wide(dy[out]));
      });
      CHECK(error_of(wide(convolve_bf16(s, x, layer.weights.data(), w)), exact_y) < kOutputBound);
      ConvolutionShape back = s;
      std::swap(back.in, back.out);
      CHECK(error_of(wide(convolve_bf16(back, dy, layer.weights.data() + 2 * w.row + 2 * w.column,
                                        {w.in, w.out, -w.row, -w.column})),
                     exact_dx) < kOutputBound);
      CHECK(error_of(weight_gradient_bf16(s, x, dy, w), exact_dw) < kGradientBound);
    }
  }
}

TEST_CASE("in bfloat16 shift, residual and ReLU come before the one rounding of the output") {
  if (!bf16_is_here()) return;
  for (const ConvolutionShape& s : kShapes) {
    CAPTURE(s.images, s.height, s.width, s.in, s.out);
    const Layer layer(s);
    const Numbers shift = noise(s.out, 4);
    const std::vector<Bf16> residual = rounded(noise(static_cast<std::int64_t>(layer.dy.size()), 5));
    std::vector<double> sums(layer.dy.size());
    for_each_product(s, plain(s), [&](std::int64_t in, std::int64_t out, std::int64_t tap) {
      sums[out] += value(wide(rounded(layer.x[in]))) * value(layer.weights[tap]);
    });
    for (const bool has_relu : {false, true}) {
      for (const Bf16* added : {static_cast<const Bf16*>(nullptr), residual.data()}) {
        std::vector<double> exact = sums;
        for (std::size_t i = 0; i < exact.size(); ++i) {
          exact[i] += value(shift[i % static_cast<std::size_t>(s.out)]);
          if (added != nullptr) exact[i] += value(wide(residual[i]));
          if (has_relu) exact[i] = std::max(exact[i], 0.0);
        }
        const Numbers y =
            wide(convolve_bf16(s, rounded(layer.x), layer.weights.data(), plain(s), {shift.data(), added, has_relu}));
        CHECK(error_of(y, exact) < kOutputBound);
        if (has_relu) CHECK(std::none_of(y.begin(), y.end(), [](float number) { return number < 0; }));
      }
    }
  }
}

TEST_CASE("bfloat16 is rounded to the nearest, from the middle to the even one, and a NaN stays one") {
  if (!bf16_is_here()) return;
  // One pixel whose only weight is 1, the middle one: the output is x + shift, exact until it is rounded.
  const ConvolutionShape s{1, 1, 1, 16, 16};
  Numbers weights(9 * 16 * 16, 0.0F);
  for (std::int64_t channel = 0; channel < 16; ++channel) weights[channel * 9 * 16 + channel * 9 + 4] = 1;
  const auto sum = [&](float x, float shift) {
    const Numbers shifts(16, shift);
    return wide(
        convolve_bf16(s, rounded(Numbers(16, x)), weights.data(), plain(s), {shifts.data(), nullptr, false}))[7];
  };
  const auto power = [](int exponent) { return std::ldexp(1.0F, exponent); };
  CHECK(sum(1, power(-8)) == 1);
  CHECK(sum(1, power(-8) + power(-20)) == 1 + power(-7));
  CHECK(sum(1 + power(-7), power(-8)) == 1 + power(-6));
  CHECK(sum(-1, -power(-8)) == -1);
  CHECK(std::isinf(sum(wide(Bf16{0x7f7f}), wide(Bf16{0x7f7f}))));
  for (const std::uint32_t nan : {0x7f800001U, 0x7fffffffU, 0xff800001U, 0xffffffffU}) {
    CHECK(std::isnan(sum(1, std::bit_cast<float>(nan))));
  }
}

TEST_CASE("a NaN or an infinity reaches every bfloat16 sum that it belongs to, and none of another image or channel") {
  if (!bf16_is_here()) return;
  const ConvolutionShape s{3, 9, 8, 16, 16};
  const Layer layer(s);
  for (const Bf16 bad : {Bf16{0x7f81}, Bf16{0x7f80}}) {
    for (const std::int64_t pixel : {0, 7, 36, 71}) {
      CAPTURE(bad, pixel);
      std::vector<Bf16> x = rounded(layer.x);
      x[(72 + pixel) * s.in + 3] = bad;
      const Numbers y = wide(convolve_bf16(s, x, layer.weights.data(), plain(s)));
      for (std::int64_t i = 0; i < 3 * 72; ++i) {
        const bool is_near = std::abs(i % 72 / 8 - pixel / 8) <= 1 && std::abs(i % 8 - pixel % 8) <= 1;
        if (i / 72 != 1) CHECK(std::isfinite(y[i * s.out + 5]));
        if (i / 72 == 1 && is_near) CHECK_FALSE(std::isfinite(y[i * s.out + 5]));
      }
      const Numbers dw = weight_gradient_bf16(s, x, rounded(layer.dy), plain(s));
      for (std::int64_t i = 0; i < 9 * s.in * s.out; ++i) {
        if (i / 9 % s.in != 3) CHECK(std::isfinite(dw[i]));
        if (i / 9 % s.in == 3 && i % 9 == 4) CHECK_FALSE(std::isfinite(dw[i]));
      }
    }
  }
}

TEST_CASE("a tile in bfloat16 that is below the smallest normal number counts as zero") {
  if (!bf16_is_here()) return;
  const ConvolutionShape s{4, 8, 8, 16, 16};
  const Layer layer(s);
  const std::vector<Bf16> tiny(layer.x.size(), Bf16{0x0001});  // 9e-41; the tiles are sums of four
  const std::vector<float> large(layer.weights.size(), 1e30F);
  for (const float number : wide(convolve_bf16(s, tiny, large.data(), plain(s)))) CHECK(number == 0);
  const std::vector<Bf16> ones(layer.dy.size(), Bf16{0x3f80});
  for (const float number : weight_gradient_bf16(s, tiny, ones, plain(s))) CHECK(number == 0);
}

TEST_CASE("bfloat16 numbers do not depend on how the blocks and sums are spread over calls") {
  if (!bf16_is_here()) return;
  for (const ConvolutionShape& s : {kNarrow, kWide}) {
    CAPTURE(s.in);
    const Layer layer(s);
    const std::vector<Bf16> x = rounded(layer.x);
    const std::vector<Bf16> dy = rounded(layer.dy);
    std::vector<Bf16> transformed(static_cast<std::size_t>(winograd_weights_size(s)));
    for (std::int64_t out = 0; out < s.out; out += 16) {
      winograd_transform_weights(s, layer.weights.data(), plain(s), transformed.data(), out, out + 16);
    }
    std::vector<Bf16> y(dy.size());
    for (std::int64_t block = winograd_blocks(s); block-- > 0;) {
      winograd_convolve(s, x.data(), transformed.data(), {}, y.data(), block, block + 1);
    }
    CHECK(y == convolve_bf16(s, x, layer.weights.data(), plain(s)));

    Numbers sums(static_cast<std::size_t>(winograd_gradient_size(s)));
    for (std::int64_t piece = winograd_gradient_pieces(s); piece-- > 0;) {
      winograd_gradient_sums(s, x.data(), dy.data(), sums.data(), piece, piece + 1);
    }
    Numbers dw(layer.weights.size());
    winograd_weight_gradient(s, sums.data(), plain(s), dw.data(), 0, s.in);
    CHECK(dw == weight_gradient_bf16(s, x, dy, plain(s)));
  }
}

TEST_CASE("Winograd is taken in bfloat16 where the processor multiplies it, and for no narrower instruction set") {
  CHECK_FALSE(winograd_pays<Bf16>({128, 32, 32, 3, 16}));
  CHECK_FALSE(winograd_pays<Bf16>({32, 7, 7, 1024, 512}));
  CHECK_FALSE(winograd_pays<Bf16>({1, 8, 8, 64, 64}));
  on_each_target([] {
    if (!simd_target().starts_with("AVX3")) CHECK_FALSE(simd_multiplies_bf16());
    CHECK(winograd_pays<Bf16>({128, 32, 32, 16, 16}) == (simd_multiplies_bf16() && !processor_has_amx()));
  });
}

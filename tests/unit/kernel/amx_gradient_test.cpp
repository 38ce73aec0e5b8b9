// SPDX-License-Identifier: MIT
// The weights' gradient by AMX against its sums written out in double precision.
#include "kernel/amx_gradient.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernel/simd.hpp"
#include "support/catch.hpp"
#include "support/direct_convolution.hpp"
#include "support/each_simd_target.hpp"
#include "support/skip.hpp"

using namespace resnet;

namespace {

// Whether the kernel can be run; if not, says so.
bool amx_is_here() {
  const bool is_here = processor_has_amx() && simd_multiplies_bf16();
  if (!is_here) skip("this processor has no AMX, or the system does not lend it");
  return is_here;
}

// Even and odd sizes, narrow and wide maps, one image in a block and several, one band in an image and several, and such
// as do not come out even; one panel of channels, three, pairs of them, and parts of both; one chunk and several.
const std::vector<ConvolutionShape> kShapes = {
    {1, 1, 1, 16, 16},   {2, 5, 7, 16, 48},   {3, 9, 6, 48, 32},    {1, 4, 4, 48, 48},
    {11, 8, 8, 64, 64},  {2, 70, 9, 96, 80},  {5, 33, 3, 32, 128},  {3, 9, 8, 16, 128},
    {5, 29, 31, 16, 16}, {1, 3, 600, 16, 32}, {7, 17, 16, 32, 192},
};

std::vector<float> gradient(const ConvolutionShape& s, const std::vector<Bf16>& x, const std::vector<Bf16>& dy,
                            const WeightStrides& strides) {
  Numbers sums(static_cast<std::size_t>(amx_gradient_size(s)), std::nanf(""));
  amx_gradient_sums(s, x.data(), dy.data(), sums.data(), 0, amx_gradient_pieces(s));
  Numbers dw(static_cast<std::size_t>(9 * s.in * s.out), std::nanf(""));
  amx_weight_gradient(s, sums.data(), strides, dw.data(), 0, s.in);
  return dw;
}

}  // namespace

TEST_CASE("AMX's gradients are those of the direct sums of bfloat16 numbers, in either format of the weights") {
  if (!amx_is_here()) return;
  REQUIRE(amx_gradient_pieces({5, 29, 31, 16, 16}) == 4);  // chunks
  REQUIRE(amx_gradient_pieces({3, 9, 8, 16, 128}) == 2);   // parts
  for (const ConvolutionShape& s : kShapes) {
    CAPTURE(s.images, s.height, s.width, s.in, s.out);
    const Layer layer(s);
    const std::vector<Bf16> x = rounded(layer.x);
    const std::vector<Bf16> dy = rounded(layer.dy);
    for (const WeightStrides& strides : {plain(s), channels_last(s)}) {
      std::vector<double> exact(layer.weights.size());
      for_each_product(s, strides, [&](std::int64_t in, std::int64_t out, std::int64_t w) {
        exact[w] += value(wide(x[in])) * value(wide(dy[out]));
      });
      CHECK(error_of(gradient(s, x, dy, strides), exact) < 1e-6);
    }
  }
}

TEST_CASE("AMX's gradients do not depend on how the sums are spread over calls") {
  if (!amx_is_here()) return;
  const ConvolutionShape s{37, 15, 16, 32, 192};
  REQUIRE(amx_gradient_pieces(s) == 8 * 3);
  const Layer layer(s);
  const std::vector<Bf16> x = rounded(layer.x);
  const std::vector<Bf16> dy = rounded(layer.dy);
  Numbers sums(static_cast<std::size_t>(amx_gradient_size(s)));
  for (std::int64_t piece = amx_gradient_pieces(s); piece-- > 0;) {
    amx_gradient_sums(s, x.data(), dy.data(), sums.data(), piece, piece + 1);
  }
  Numbers dw(layer.weights.size());
  for (const std::int64_t in : {16, 0}) amx_weight_gradient(s, sums.data(), plain(s), dw.data(), in, in + 16);
  CHECK(dw == gradient(s, x, dy, plain(s)));
}

TEST_CASE("without images AMX's gradient is zero") {
  if (!amx_is_here()) return;
  const ConvolutionShape s{0, 8, 8, 16, 16};
  const Numbers dw = gradient(s, {}, {}, plain(s));
  CHECK(std::all_of(dw.begin(), dw.end(), [](float number) { return number == 0; }));
}

TEST_CASE("a NaN or an infinity reaches every sum of AMX that it belongs to, and none of another channel") {
  if (!amx_is_here()) return;
  const ConvolutionShape s{3, 9, 8, 16, 16};
  const Layer layer(s);
  constexpr std::int64_t kChannel = 3;
  for (const Bf16 bad : {Bf16{0x7fc0}, Bf16{0x7f80}}) {
    for (const std::int64_t pixel : {0, 7, 36, 71}) {
      for (const bool is_in_x : {true, false}) {
        CAPTURE(bad, pixel, is_in_x);
        std::vector<Bf16> x = rounded(layer.x);
        std::vector<Bf16> dy = rounded(layer.dy);
        (is_in_x ? x : dy)[(72 + pixel) * 16 + kChannel] = bad;
        std::vector<double> exact(layer.weights.size());
        for_each_product(s, plain(s), [&](std::int64_t in, std::int64_t out, std::int64_t w) {
          exact[w] += value(wide(x[in])) * value(wide(dy[out]));
        });
        const Numbers dw = gradient(s, x, dy, plain(s));
        bool reaches_all = true;
        bool reaches_others = false;
        for (std::int64_t i = 0; i < 9 * s.in * s.out; ++i) {
          const std::int64_t channel = is_in_x ? i / 9 % s.in : i / 9 / s.in;
          if (!std::isfinite(exact[i])) reaches_all = reaches_all && !std::isfinite(dw[i]);
          if (channel != kChannel) reaches_others = reaches_others || !std::isfinite(dw[i]);
        }
        CHECK(reaches_all);
        CHECK_FALSE(reaches_others);
      }
    }
  }
}

TEST_CASE("AMX counts what is below the smallest normal number as zero") {
  if (!amx_is_here()) return;
  const ConvolutionShape s{4, 8, 8, 16, 16};
  const std::vector<Bf16> tiny(4 * 8 * 8 * 16, Bf16{0x0001});   // 9e-41
  const std::vector<Bf16> large(4 * 8 * 8 * 16, Bf16{0x7149});  // 1e30
  for (const float number : gradient(s, tiny, large, plain(s))) CHECK(number == 0);
}

TEST_CASE("AMX is taken for small maps and the narrowest layers, and not where kernels are pinned to less") {
  on_each_target([] {
    const bool is_here = simd_multiplies_bf16() && processor_has_amx();
    for (const ConvolutionShape& s : {ConvolutionShape{128, 32, 32, 16, 16}, ConvolutionShape{128, 16, 16, 32, 32},
                                      ConvolutionShape{128, 8, 8, 64, 64}, ConvolutionShape{32, 7, 7, 512, 512}}) {
      CHECK(amx_gradient_pays(s) == is_here);
    }
    for (const ConvolutionShape& s :
         {ConvolutionShape{128, 32, 32, 3, 16}, ConvolutionShape{128, 16, 16, 32, 24},
          ConvolutionShape{32, 56, 56, 64, 64}, ConvolutionShape{1, 8, 8, 64, 64}, ConvolutionShape{0, 8, 8, 64, 64}}) {
      CHECK_FALSE(amx_gradient_pays(s));
    }
  });
}

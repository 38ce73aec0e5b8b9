// SPDX-License-Identifier: MIT
// Compiled once for each instruction set: see simd.cpp.
#include "kernel/winograd.hpp"

#include <algorithm>
#include <limits>

#include "kernel/workspace.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/winograd.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets what it compiles for.
#include <hwy/highway.h>

#include "kernel/winograd_tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {
namespace {

// Few, so that a block of the narrow layers stays in the L1 cache from one transform to the other.
constexpr std::int64_t kBlockTiles = 12;

HWY_INLINE std::int64_t panel_width(const WinogradShape& shape) {
  return takes_two_vectors(shape) ? 2 * kLanes : kLanes;
}

enum class Finish { kNone, kShift, kShiftAndResidual };

Finish finish_of(const WinogradFinish& finish) {
  if (finish.shift == nullptr) return Finish::kNone;
  return finish.residual == nullptr ? Finish::kShift : Finish::kShiftAndResidual;
}

// Sums the products of one panel of output channels, [position][tile][channel], into the outputs. `y` and what `finish`
// points to begin with the panel's first channel; `beyond` takes what falls beyond the map's edge.
template <int kVectors, Finish kFinish>
HWY_INLINE void transform_output(const WinogradShape& shape, const float* HWY_RESTRICT products, std::int64_t stride,
                                 std::int64_t first, std::int64_t last, const WinogradFinish& finish, float* beyond,
                                 float* y) {
  const Vector floor = hn::Set(kTag, finish.has_relu ? 0.0F : -std::numeric_limits<float>::infinity());
  for_each_run(shape, first, last, [&](const Run& run) HWY_ATTR {
    for (std::int64_t tile = 0; tile < run.count; ++tile) {
      const Pixels<float> pixels(shape, run, tile, y, beyond);
      const Pixels<const float> residuals(shape, run, tile, kFinish == Finish::kShiftAndResidual ? finish.residual : y,
                                          beyond);
      const auto store = [&](int pixel, int v, Vector out) HWY_ATTR {
        if constexpr (kFinish != Finish::kNone) out = hn::Add(out, hn::LoadU(kTag, finish.shift + v * kLanes));
        if constexpr (kFinish == Finish::kShiftAndResidual) {
          out = hn::Add(out, hn::LoadU(kTag, residuals.at[pixel] + v * kLanes));
        }
        if constexpr (kFinish != Finish::kNone) out = hn::IfThenElse(hn::Lt(out, floor), floor, out);
        hn::StoreU(out, kTag, pixels.at[pixel] + v * kLanes);
      };
      HWY_UNROLL(2)
      for (int v = 0; v < kVectors; ++v) {
        const float* const m = products + ((run.offset + tile) * kVectors + v) * kLanes;
        Vector upper[4];
        Vector lower[4];
        HWY_UNROLL(4)
        for (int j = 0; j < 4; ++j) {
          const Vector m1 = hn::LoadU(kTag, m + (4 + j) * stride);
          const Vector m2 = hn::LoadU(kTag, m + (8 + j) * stride);
          upper[j] = hn::Add(hn::Add(m1, m2), hn::LoadU(kTag, m + j * stride));
          lower[j] = hn::Add(hn::Sub(m1, m2), hn::LoadU(kTag, m + (12 + j) * stride));
        }
        store(0, v, hn::Add(hn::Add(upper[1], upper[2]), upper[0]));
        store(1, v, hn::Add(hn::Sub(upper[1], upper[2]), upper[3]));
        store(2, v, hn::Add(hn::Add(lower[1], lower[2]), lower[0]));
        store(3, v, hn::Add(hn::Sub(lower[1], lower[2]), lower[3]));
      }
    }
  });
}

template <int kVectors, Finish kFinish>
void convolve(const WinogradShape& shape, const float* x, const float* transformed, const WinogradFinish& finish,
              float* y, std::int64_t first_block, std::int64_t last_block) {
  constexpr std::int64_t kPanel = kVectors * kLanes;
  const std::int64_t in = shape.in;
  const std::int64_t input_stride = position_stride(kBlockTiles * in);
  const std::int64_t product_stride = position_stride(kBlockTiles * kPanel);
  const std::int64_t zero_row = zero_row_size(kBlockTiles, in);
  float* const inputs = workspace(kPositions * (input_stride + product_stride) + zero_row + kPanel);
  float* const products = inputs + kPositions * input_stride;
  float* const zeros = products + kPositions * product_stride;
  float* const beyond = zeros + zero_row;
  std::fill_n(zeros, zero_row, 0.0F);

  for (std::int64_t block = first_block; block < last_block; ++block) {
    const std::int64_t first = block * kBlockTiles;
    const std::int64_t last = std::min(first + kBlockTiles, tile_count(shape));
    Prefetch next_x(shape, x, in, first, kBlockTiles);
    Prefetch next_y(shape, y, shape.out, first, kBlockTiles);
    transform_input(shape, x, first, last, zeros, input_stride, inputs);
    for (std::int64_t channel = 0; channel < shape.out; channel += kPanel) {
      for (std::int64_t position = 0; position < kPositions; ++position) {
        if (channel == 0) {
          next_x.fetch_share();
          next_y.fetch_share();
        }
        const float* const panel = transformed + (channel * kPositions + position * kPanel) * in;
        for (std::int64_t tile = 0; tile < last - first; tile += kMostRows) {
          multiply_rows<kMostRows, kVectors, Sum::kNew>(
              std::min<std::int64_t>(kMostRows, last - first - tile), inputs + position * input_stride + tile * in, in,
              1, panel, kPanel, in, products + position * product_stride + tile * kPanel, kPanel);
        }
      }
      const WinogradFinish of_panel{kFinish == Finish::kNone ? nullptr : finish.shift + channel,
                                    kFinish == Finish::kShiftAndResidual ? finish.residual + channel : nullptr,
                                    finish.has_relu};
      transform_output<kVectors, kFinish>(shape, products, product_stride, first, last, of_panel, beyond, y + channel);
    }
  }
}

template <int kVectors>
void convolve_and_finish(const WinogradShape& shape, const float* x, const float* transformed,
                         const WinogradFinish& finish, float* y, std::int64_t first, std::int64_t last) {
  switch (finish_of(finish)) {
    case Finish::kNone:
      return convolve<kVectors, Finish::kNone>(shape, x, transformed, finish, y, first, last);
    case Finish::kShift:
      return convolve<kVectors, Finish::kShift>(shape, x, transformed, finish, y, first, last);
    case Finish::kShiftAndResidual:
      return convolve<kVectors, Finish::kShiftAndResidual>(shape, x, transformed, finish, y, first, last);
  }
}

}  // namespace

std::int64_t lanes() { return kLanes; }

// [panel of output channels][position][input channel][output channel]: in the order in which convolve reads them.
void winograd_transform_weights(const WinogradShape& shape, const float* weights, const WeightStrides& strides,
                                float* transformed) {
  const std::int64_t panel = panel_width(shape);
  const std::int64_t stride = shape.in * panel;
  const Vector half = hn::Set(kTag, 0.5F);
  for (std::int64_t out = 0; out < shape.out; out += kLanes) {
    for (std::int64_t in = 0; in < shape.in; ++in) {
      HWY_ALIGN float taps[9][kLanes];
      for (std::int64_t lane = 0; lane < kLanes; ++lane) {
        const float* const from = weights + (out + lane) * strides.out + in * strides.in;
        for (int tap = 0; tap < 9; ++tap) taps[tap][lane] = from[tap / 3 * strides.row + tap % 3 * strides.column];
      }
      Vector rows[4][3];
      HWY_UNROLL(3)
      for (int j = 0; j < 3; ++j) {
        const Vector w0 = hn::Load(kTag, taps[j]);
        const Vector w2 = hn::Load(kTag, taps[6 + j]);
        const Vector outer = hn::Mul(half, hn::Add(w0, w2));
        const Vector middle = hn::Mul(half, hn::Load(kTag, taps[3 + j]));
        rows[0][j] = w0;
        rows[1][j] = hn::Add(outer, middle);
        rows[2][j] = hn::Sub(outer, middle);
        rows[3][j] = w2;
      }
      float* to = transformed + out / panel * panel * kPositions * shape.in + in * panel + out % panel;
      HWY_UNROLL(4)
      for (int i = 0; i < 4; ++i, to += 4 * stride) {
        const Vector outer = hn::Mul(half, hn::Add(rows[i][0], rows[i][2]));
        const Vector middle = hn::Mul(half, rows[i][1]);
        hn::StoreU(rows[i][0], kTag, to);
        hn::StoreU(hn::Add(outer, middle), kTag, to + stride);
        hn::StoreU(hn::Sub(outer, middle), kTag, to + 2 * stride);
        hn::StoreU(rows[i][2], kTag, to + 3 * stride);
      }
    }
  }
}

std::int64_t winograd_blocks(const WinogradShape& shape) { return (tile_count(shape) + kBlockTiles - 1) / kBlockTiles; }

void winograd_convolve(const WinogradShape& shape, const float* x, const float* transformed,
                       const WinogradFinish& finish, float* y, std::int64_t first, std::int64_t last) {
  takes_two_vectors(shape) ? convolve_and_finish<2>(shape, x, transformed, finish, y, first, last)
                           : convolve_and_finish<1>(shape, x, transformed, finish, y, first, last);
}

}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resnet {

HWY_EXPORT(lanes);
HWY_EXPORT(winograd_transform_weights);
HWY_EXPORT(winograd_blocks);
HWY_EXPORT(winograd_convolve);

bool winograd_pays(const WinogradShape& shape) {
  const std::int64_t tiles = shape.images * ((shape.height + 1) / 2) * ((shape.width + 1) / 2);
  return shape.in % 16 == 0 && shape.out % 16 == 0 && shape.in * shape.out <= 256 * 256 && shape.height >= 4 &&
         shape.width >= 4 && tiles >= 64 && HWY_DYNAMIC_DISPATCH(lanes)() >= 8;
}

std::int64_t winograd_weights_size(const WinogradShape& shape) { return 16 * shape.in * shape.out; }

void winograd_transform_weights(const WinogradShape& shape, const float* weights, const WeightStrides& strides,
                                float* transformed) {
  HWY_DYNAMIC_DISPATCH(winograd_transform_weights)(shape, weights, strides, transformed);
}

std::int64_t winograd_blocks(const WinogradShape& shape) { return HWY_DYNAMIC_DISPATCH(winograd_blocks)(shape); }

void winograd_convolve(const WinogradShape& shape, const float* x, const float* transformed,
                       const WinogradFinish& finish, float* y, std::int64_t first, std::int64_t last) {
  HWY_DYNAMIC_DISPATCH(winograd_convolve)(shape, x, transformed, finish, y, first, last);
}

}  // namespace resnet
#endif

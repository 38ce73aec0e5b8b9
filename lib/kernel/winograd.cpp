// SPDX-License-Identifier: MIT
// Compiled once for each instruction set: see simd.cpp.
#include "kernel/winograd.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "kernel/bf16.hpp"
#include "kernel/simd.hpp"
#include "kernel/winograd_kernels.hpp"
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

// Tiles of a block. Few in the narrow layers: so the block stays in the L1 cache from one transform to the other. In
// the wide ones the weights do not stay in the L2 cache from block to block, and are to be read for many tiles at once,
// as many as have room there themselves.
HWY_INLINE std::int64_t block_tiles(const ConvolutionShape& shape) {
  constexpr std::int64_t kFewest = 12;
  constexpr std::int64_t kMost = 48;
  constexpr std::int64_t kRoom = 48 * 256;
  if (!is_wide(shape)) return kFewest;
  return std::clamp(kRoom / shape.in / kFewest * kFewest, kFewest, kMost);
}

HWY_INLINE std::int64_t panel_width(const ConvolutionShape& shape) {
  return takes_two_vectors(shape) ? 2 * kLanes : kLanes;
}

// How many words lie between the positions of a panel's transformed weights.
template <typename T>
HWY_INLINE std::int64_t weights_stride(const ConvolutionShape& shape) {
  return position_stride<Word<T>>(shape.in / kPerWord<T> * panel_width(shape));
}

enum class Finish { kNone, kShift, kShiftAndResidual };

template <typename T>
Finish finish_of(const WinogradFinish<T>& finish) {
  if (finish.shift == nullptr) return Finish::kNone;
  return finish.residual == nullptr ? Finish::kShift : Finish::kShiftAndResidual;
}

// Sums the products of one panel of output channels, [position][tile][channel], into the outputs. `y` and what `finish`
// points to begin with the panel's first channel; `beyond` takes what falls beyond the map's edge.
template <int kVectors, Finish kFinish, typename T>
HWY_INLINE void transform_output(const ConvolutionShape& shape, const float* HWY_RESTRICT products, std::int64_t stride,
                                 std::int64_t first, std::int64_t last, const WinogradFinish<T>& finish, T* beyond,
                                 T* y) {
  const Vector floor = hn::Set(kTag, finish.has_relu ? 0.0F : -std::numeric_limits<float>::infinity());
  for_each_run(shape, first, last, [&](const Run& run) HWY_ATTR {
    for (std::int64_t tile = 0; tile < run.count; ++tile) {
      const Pixels<T> pixels(shape, run, tile, y, beyond);
      const Pixels<const T> residuals(shape, run, tile, kFinish == Finish::kShiftAndResidual ? finish.residual : y,
                                      beyond);
      const auto store = [&](int pixel, int v, Vector out) HWY_ATTR {
        if constexpr (kFinish != Finish::kNone) out = hn::Add(out, hn::LoadU(kTag, finish.shift + v * kLanes));
        if constexpr (kFinish == Finish::kShiftAndResidual) {
          out = hn::Add(out, load(kTag, residuals.at[pixel] + v * kLanes));
        }
        if constexpr (kFinish != Finish::kNone) out = hn::IfThenElse(hn::Lt(out, floor), floor, out);
        store_output(out, pixels.at[pixel] + v * kLanes);
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

template <int kVectors, Finish kFinish, typename T>
void convolve(const ConvolutionShape& shape, const T* x, const T* transformed, const WinogradFinish<T>& finish, T* y,
              std::int64_t first_block, std::int64_t last_block) {
  constexpr std::int64_t kPanel = kVectors * kLanes;
  const std::int64_t in = shape.in;
  const std::int64_t words = in / kPerWord<T>;
  const std::int64_t tiles = block_tiles(shape);
  const std::int64_t input_stride = position_stride<T>(tiles * in);
  const std::int64_t product_stride = position_stride<float>(tiles * kPanel);
  const std::int64_t zero_row = zero_row_size(shape, tiles);
  float* const products =
      workspace(kPositions * product_stride + (kPositions * input_stride + zero_row + kPanel) / kPerWord<T>);
  T* const inputs = reinterpret_cast<T*>(products + kPositions * product_stride);
  T* const zeros = inputs + kPositions * input_stride;
  T* const beyond = zeros + zero_row;
  std::fill_n(zeros, zero_row, T{0});

  for (std::int64_t block = first_block; block < last_block; ++block) {
    const std::int64_t first = block * tiles;
    const std::int64_t last = std::min(first + tiles, tile_count(shape));
    Prefetch next_x(shape, x, in, first, tiles);
    Prefetch next_y(shape, y, shape.out, first, tiles);
    transform_input<SummedOverColumns<T>>(shape, x, first, last, zeros, input_stride, inputs);
    for (std::int64_t channel = 0; channel < shape.out; channel += kPanel) {
      for (std::int64_t position = 0; position < kPositions; ++position) {
        if (channel == 0) {
          next_x.fetch_share();
          next_y.fetch_share();
        }
        const auto* const rows = reinterpret_cast<const Word<T>*>(inputs + position * input_stride);
        const auto* const panel = reinterpret_cast<const Word<T>*>(transformed) +
                                  (channel / kPanel * kPositions + position) * weights_stride<T>(shape);
        for (std::int64_t tile = 0; tile < last - first; tile += kMostRows) {
          multiply_rows<kMostRows, kVectors, Sum::kNew>(std::min<std::int64_t>(kMostRows, last - first - tile),
                                                        rows + tile * words, words, 1, panel, kPanel, words,
                                                        products + position * product_stride + tile * kPanel, kPanel);
        }
      }
      const WinogradFinish<T> of_panel{kFinish == Finish::kNone ? nullptr : finish.shift + channel,
                                       kFinish == Finish::kShiftAndResidual ? finish.residual + channel : nullptr,
                                       finish.has_relu};
      transform_output<kVectors, kFinish>(shape, products, product_stride, first, last, of_panel, beyond, y + channel);
    }
  }
}

template <int kVectors, typename T>
void convolve_and_finish(const ConvolutionShape& shape, const T* x, const T* transformed,
                         const WinogradFinish<T>& finish, T* y, std::int64_t first, std::int64_t last) {
  switch (finish_of(finish)) {
    case Finish::kNone:
      return convolve<kVectors, Finish::kNone>(shape, x, transformed, finish, y, first, last);
    case Finish::kShift:
      return convolve<kVectors, Finish::kShift>(shape, x, transformed, finish, y, first, last);
    case Finish::kShiftAndResidual:
      return convolve<kVectors, Finish::kShiftAndResidual>(shape, x, transformed, finish, y, first, last);
  }
}

// The weights of a square of channels, as [input channel][tap][output channel]. Square by square each of the cache
// lines that they lie in is read once, whichever of the two channels is the next one in memory.
HWY_INLINE void gather_taps(const float* weights, const WeightStrides& strides, float (&taps)[kLanes][kTaps][kLanes]) {
  for (std::int64_t out = 0; out < kLanes; ++out) {
    for (std::int64_t tap = 0; tap < kTaps; ++tap) {
      const float* const from = weights + out * strides.out + tap / 3 * strides.row + tap % 3 * strides.column;
      for (std::int64_t in = 0; in < kLanes; ++in) taps[in][tap][out] = from[in * strides.in];
    }
  }
}

// [panel of output channels][position][input channel][output channel]: in the order in which convolve reads them.
template <typename T>
void transform_weights(const ConvolutionShape& shape, const float* weights, const WeightStrides& strides,
                       T* transformed, std::int64_t first, std::int64_t last) {
  using Layout = SummedOverRows<T>;
  const std::int64_t panel = panel_width(shape);
  const std::int64_t stride = weights_stride<T>(shape);
  auto* const words = reinterpret_cast<Word<T>*>(transformed);
  const Vector half = hn::Set(kTag, 0.5F);
  for (std::int64_t out = first; out < last; out += kLanes) {
    HWY_ALIGN float taps[kLanes][kTaps][kLanes];
    for (std::int64_t in = 0; in < shape.in; ++in) {
      if (in % kLanes == 0) gather_taps(weights + out * strides.out + in * strides.in, strides, taps);
      const auto& of_channel = taps[in % kLanes];
      Vector rows[4][3];
      HWY_UNROLL(3)
      for (int j = 0; j < 3; ++j) {
        const Vector w0 = hn::Load(kTag, of_channel[j]);
        const Vector w2 = hn::Load(kTag, of_channel[6 + j]);
        const Vector outer = hn::Mul(half, hn::Add(w0, w2));
        const Vector middle = hn::Mul(half, hn::Load(kTag, of_channel[3 + j]));
        rows[0][j] = w0;
        rows[1][j] = hn::Add(outer, middle);
        rows[2][j] = hn::Sub(outer, middle);
        rows[3][j] = w2;
      }
      Word<T>* to = Layout::at(words + out / panel * kPositions * stride, in, out % panel, panel);
      HWY_UNROLL(4)
      for (int i = 0; i < 4; ++i, to += 4 * stride) {
        const Vector outer = hn::Mul(half, hn::Add(rows[i][0], rows[i][2]));
        const Vector middle = hn::Mul(half, rows[i][1]);
        Layout::store(rows[i][0], in, to);
        Layout::store(hn::Add(outer, middle), in, to + stride);
        Layout::store(hn::Sub(outer, middle), in, to + 2 * stride);
        Layout::store(rows[i][2], in, to + 3 * stride);
      }
    }
  }
}

template <typename T>
void convolve_blocks(const ConvolutionShape& shape, const T* x, const T* transformed, const WinogradFinish<T>& finish,
                     T* y, std::int64_t first, std::int64_t last) {
  takes_two_vectors(shape) ? convolve_and_finish<2>(shape, x, transformed, finish, y, first, last)
                           : convolve_and_finish<1>(shape, x, transformed, finish, y, first, last);
}

}  // namespace

std::int64_t lanes() { return kLanes; }

std::int64_t winograd_weights_size(const ConvolutionShape& shape) {
  return shape.out / panel_width(shape) * kPositions *
         std::max(weights_stride<float>(shape), kPerWord<Bf16> * weights_stride<Bf16>(shape));
}

std::int64_t winograd_blocks(const ConvolutionShape& shape) {
  const std::int64_t tiles = block_tiles(shape);
  return (tile_count(shape) + tiles - 1) / tiles;
}

WinogradKernels<float> float_winograd_kernels() { return {transform_weights<float>, convolve_blocks<float>}; }

WinogradKernels<Bf16> bf16_winograd_kernels() {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  return {transform_weights<Bf16>, convolve_blocks<Bf16>};
#else
  return {};
#endif
}

}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resnet {

HWY_EXPORT(lanes);
HWY_EXPORT(winograd_weights_size);
HWY_EXPORT(winograd_blocks);
HWY_EXPORT(float_winograd_kernels);
HWY_EXPORT(bf16_winograd_kernels);

namespace {

template <typename T>
WinogradKernels<T> kernels() {
  if constexpr (std::is_same_v<T, float>) {
    return HWY_DYNAMIC_DISPATCH(float_winograd_kernels)();
  } else {
    return HWY_DYNAMIC_DISPATCH(bf16_winograd_kernels)();
  }
}

}  // namespace

template <typename T>
bool winograd_pays(const ConvolutionShape& shape) {
  const std::int64_t tiles = shape.images * ((shape.height + 1) / 2) * ((shape.width + 1) / 2);
  const bool has_vectors =
      std::is_same_v<T, float> ? HWY_DYNAMIC_DISPATCH(lanes)() >= 8 : simd_multiplies_bf16() && !processor_has_amx();
  return shape.in % 16 == 0 && shape.out % 16 == 0 && shape.in * shape.out <= 512 * 512 && shape.height >= 4 &&
         shape.width >= 4 && tiles >= 64 && has_vectors;
}

std::int64_t winograd_weights_size(const ConvolutionShape& shape) {
  return HWY_DYNAMIC_DISPATCH(winograd_weights_size)(shape);
}

template <typename T>
void winograd_transform_weights(const ConvolutionShape& shape, const float* weights, const WeightStrides& strides,
                                T* transformed, std::int64_t first, std::int64_t last) {
  kernels<T>().transform_weights(shape, weights, strides, transformed, first, last);
}

std::int64_t winograd_blocks(const ConvolutionShape& shape) { return HWY_DYNAMIC_DISPATCH(winograd_blocks)(shape); }

template <typename T>
void winograd_convolve(const ConvolutionShape& shape, const T* x, const T* transformed, const WinogradFinish<T>& finish,
                       T* y, std::int64_t first, std::int64_t last) {
  kernels<T>().convolve(shape, x, transformed, finish, y, first, last);
}

template bool winograd_pays<float>(const ConvolutionShape&);
template bool winograd_pays<Bf16>(const ConvolutionShape&);
template void winograd_transform_weights(const ConvolutionShape&, const float*, const WeightStrides&, float*,
                                         std::int64_t, std::int64_t);
template void winograd_transform_weights(const ConvolutionShape&, const float*, const WeightStrides&, Bf16*,
                                         std::int64_t, std::int64_t);
template void winograd_convolve(const ConvolutionShape&, const float*, const float*, const WinogradFinish<float>&,
                                float*, std::int64_t, std::int64_t);
template void winograd_convolve(const ConvolutionShape&, const Bf16*, const Bf16*, const WinogradFinish<Bf16>&, Bf16*,
                                std::int64_t, std::int64_t);

}  // namespace resnet
#endif

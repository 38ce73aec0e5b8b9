// SPDX-License-Identifier: MIT
// Compiled once for each instruction set: see simd.cpp.
#include <algorithm>
#include <bit>

#include "kernel/winograd.hpp"
#include "kernel/winograd_kernels.hpp"
#include "kernel/workspace.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/winograd_gradient.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets what it compiles for.
#include <hwy/highway.h>

#include "kernel/winograd_tile.hpp"

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {
namespace {

// Many, so that the sums are seldom read and written, and few enough for the L2 cache beside the sums of 64 x 64 pairs.
constexpr std::int64_t kBlockWords = 24;
template <typename T>
constexpr std::int64_t kBlockTiles = kBlockWords * kPerWord<T>;

// The gradients of the tiles [first, last), transformed: [position][tile][channel].
template <typename Layout, typename T>
HWY_INLINE void transform_gradient(const WinogradShape& shape, const T* dy, std::int64_t first, std::int64_t last,
                                   const T* zeros, std::int64_t stride,
                                   typename Layout::Element* HWY_RESTRICT transformed) {
  for_each_run(shape, first, last, [&](const Run& run) HWY_ATTR {
    for (std::int64_t tile = 0; tile < run.count; ++tile) {
      const Pixels<const T> pixels(shape, run, tile, dy, zeros);
      const std::int64_t row = run.offset + tile;
      for (std::int64_t channel = 0; channel < shape.out; channel += kLanes) {
        const Vector d00 = load(kTag, pixels.at[0] + channel);
        const Vector d01 = load(kTag, pixels.at[1] + channel);
        const Vector d10 = load(kTag, pixels.at[2] + channel);
        const Vector d11 = load(kTag, pixels.at[3] + channel);
        const Vector rows[4][2] = {
            {d00, d01}, {hn::Add(d00, d10), hn::Add(d01, d11)}, {hn::Sub(d00, d10), hn::Sub(d01, d11)}, {d10, d11}};
        auto* HWY_RESTRICT to = Layout::at(transformed, row, channel, shape.out);
        HWY_UNROLL(4)
        for (int i = 0; i < 4; ++i, to += 4 * stride) {
          Layout::store(rows[i][0], row, to);
          Layout::store(hn::Add(rows[i][0], rows[i][1]), row, to + stride);
          Layout::store(hn::Sub(rows[i][0], rows[i][1]), row, to + 2 * stride);
          Layout::store(rows[i][1], row, to + 3 * stride);
        }
      }
    }
  });
}

// The sums over tiles, [position][in][out], as sums for the taps, [tap][in][out].
HWY_INLINE void transform_sums(const float* HWY_RESTRICT products, std::int64_t stride, std::int64_t pairs,
                               float* HWY_RESTRICT sums) {
  const Vector half = hn::Set(kTag, 0.5F);
  for (std::int64_t pair = 0; pair < pairs; pair += kLanes) {
    Vector rows[3][4];
    HWY_UNROLL(4)
    for (int j = 0; j < 4; ++j) {
      const float* const m = products + j * stride + pair;
      const Vector m1 = hn::LoadU(kTag, m + 4 * stride);
      const Vector m2 = hn::LoadU(kTag, m + 8 * stride);
      const Vector middle = hn::Mul(half, hn::Add(m1, m2));
      rows[0][j] = hn::Add(hn::LoadU(kTag, m), middle);
      rows[1][j] = hn::Mul(half, hn::Sub(m1, m2));
      rows[2][j] = hn::Add(hn::LoadU(kTag, m + 12 * stride), middle);
    }
    float* to = sums + pair;
    HWY_UNROLL(3)
    for (int i = 0; i < 3; ++i, to += 3 * pairs) {
      const Vector middle = hn::Mul(half, hn::Add(rows[i][1], rows[i][2]));
      hn::StoreU(hn::Add(rows[i][0], middle), kTag, to);
      hn::StoreU(hn::Mul(half, hn::Sub(rows[i][1], rows[i][2])), kTag, to + pairs);
      hn::StoreU(hn::Add(rows[i][3], middle), kTag, to + 2 * pairs);
    }
  }
}

// Adds x^T dy of one position and some tiles to its sums [in][out]. The rows are dealt out evenly: three times 5 or 6
// of 16, not twice 6 and then 4, which would not keep the multipliers busy.
template <int kVectors, typename W>
HWY_INLINE void add_products(const WinogradShape& shape, const W* x, const W* dy, std::int64_t words, float* products) {
  const std::int64_t groups = (shape.in + kMostRows - 1) / kMostRows;
  for (std::int64_t group = 0; group < groups; ++group) {
    const std::int64_t first = shape.in * group / groups;
    const std::int64_t rows = shape.in * (group + 1) / groups - first;
    for (std::int64_t channel = 0; channel < shape.out; channel += kVectors * kLanes) {
      multiply_rows<kMostRows, kVectors, Sum::kContinued>(rows, x + first, 1, shape.in, dy + channel, shape.out, words,
                                                          products + first * shape.out + channel, shape.out);
    }
  }
}

template <int kVectors, typename T>
void gradient_sums(const WinogradShape& shape, const T* x, const T* dy, float* sums, std::int64_t first_chunk,
                   std::int64_t last_chunk, std::int64_t chunks) {
  const std::int64_t pairs = shape.in * shape.out;
  const std::int64_t x_stride = position_stride<Word<T>>(kBlockWords * shape.in);
  const std::int64_t dy_stride = position_stride<Word<T>>(kBlockWords * shape.out);
  const std::int64_t product_stride = position_stride<float>(pairs);
  const std::int64_t zero_row = std::max(zero_row_size(kBlockTiles<T>, shape.in), shape.out);
  float* const products = workspace(kPositions * (x_stride + dy_stride + product_stride) + zero_row / kPerWord<T>);
  auto* const block_x = reinterpret_cast<Word<T>*>(products + kPositions * product_stride);
  Word<T>* const block_dy = block_x + kPositions * x_stride;
  T* const zeros = reinterpret_cast<T*>(block_dy + kPositions * dy_stride);
  std::fill_n(zeros, zero_row, T{0});

  for (std::int64_t chunk = first_chunk; chunk < last_chunk; ++chunk) {
    std::fill_n(products, kPositions * product_stride, 0.0F);
    const std::int64_t end = tile_count(shape) * (chunk + 1) / chunks;
    for (std::int64_t first = tile_count(shape) * chunk / chunks; first < end; first += kBlockTiles<T>) {
      const std::int64_t last = std::min(first + kBlockTiles<T>, end);
      Prefetch next_x(shape, x, shape.in, first, kBlockTiles<T>);
      Prefetch next_dy(shape, dy, shape.out, first, kBlockTiles<T>);
      transform_input<SummedOverRows<T>>(shape, x, first, last, zeros, x_stride, block_x);
      transform_gradient<SummedOverRows<T>>(shape, dy, first, last, zeros, dy_stride, block_dy);
      for (std::int64_t position = 0; position < kPositions; ++position) {
        next_x.fetch_share();
        next_dy.fetch_share();
        add_products<kVectors>(shape, block_x + position * x_stride, block_dy + position * dy_stride,
                               (last - first + kPerWord<T> - 1) / kPerWord<T>, products + position * product_stride);
      }
    }
    transform_sums(products, product_stride, pairs, sums + chunk * 9 * pairs);
  }
}

template <typename T>
void all_gradient_sums(const WinogradShape& shape, const T* x, const T* dy, float* sums, std::int64_t first,
                       std::int64_t last, std::int64_t chunks) {
  takes_two_vectors(shape) ? gradient_sums<2>(shape, x, dy, sums, first, last, chunks)
                           : gradient_sums<1>(shape, x, dy, sums, first, last, chunks);
}

}  // namespace

WinogradGradientKernels<float> float_gradient_kernels() { return {all_gradient_sums<float>}; }

WinogradGradientKernels<Bf16> bf16_gradient_kernels() {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  return {all_gradient_sums<Bf16>};
#else
  return {};
#endif
}

void winograd_weight_gradient(const WinogradShape& shape, const float* sums, const WeightStrides& strides, float* dw,
                              std::int64_t first, std::int64_t last, std::int64_t chunks) {
  const std::int64_t pairs = shape.in * shape.out;
  for (std::int64_t tap = 0; tap < 9; ++tap) {
    for (std::int64_t out = 0; out < shape.out; out += kLanes) {
      for (std::int64_t in = first; in < last; ++in) {
        Vector sum = hn::Zero(kTag);
        for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
          sum = hn::Add(sum, hn::LoadU(kTag, sums + (chunk * 9 + tap) * pairs + in * shape.out + out));
        }
        HWY_ALIGN float values[kLanes];
        hn::Store(sum, kTag, values);
        float* const to = dw + in * strides.in + tap / 3 * strides.row + tap % 3 * strides.column;
        for (std::int64_t lane = 0; lane < kLanes; ++lane) to[(out + lane) * strides.out] = values[lane];
      }
    }
  }
}

}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resnet {

HWY_EXPORT(float_gradient_kernels);
HWY_EXPORT(bf16_gradient_kernels);
HWY_EXPORT(winograd_weight_gradient);

// A power of two, which threads can share evenly; at least 96 tiles each, or adding up the sums would cost too much.
std::int64_t winograd_gradient_chunks(const WinogradShape& shape) {
  const std::int64_t tiles = shape.images * ((shape.height + 1) / 2) * ((shape.width + 1) / 2);
  return static_cast<std::int64_t>(std::bit_floor(std::clamp<std::uint64_t>(tiles / 96, 1, 32)));
}

template <>
void winograd_gradient_sums(const WinogradShape& shape, const float* x, const float* dy, float* sums,
                            std::int64_t first, std::int64_t last) {
  HWY_DYNAMIC_DISPATCH(float_gradient_kernels)().sums(shape, x, dy, sums, first, last, winograd_gradient_chunks(shape));
}

template <>
void winograd_gradient_sums(const WinogradShape& shape, const Bf16* x, const Bf16* dy, float* sums, std::int64_t first,
                            std::int64_t last) {
  HWY_DYNAMIC_DISPATCH(bf16_gradient_kernels)().sums(shape, x, dy, sums, first, last, winograd_gradient_chunks(shape));
}

void winograd_weight_gradient(const WinogradShape& shape, const float* sums, const WeightStrides& strides, float* dw,
                              std::int64_t first, std::int64_t last) {
  HWY_DYNAMIC_DISPATCH(winograd_weight_gradient)(shape, sums, strides, dw, first, last,
                                                 winograd_gradient_chunks(shape));
}

}  // namespace resnet
#endif

// SPDX-License-Identifier: MIT
// Compiled once for each instruction set: see simd.cpp.
#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernel/bf16.hpp"
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
HWY_INLINE void transform_gradient(const ConvolutionShape& shape, const T* dy, std::int64_t first, std::int64_t last,
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

// Rows of words, one for a tile or two, and how far apart they lie.
template <typename W>
struct Rows {
  const W* first;
  std::int64_t stride;
};

// Makes x^T dy of one position and some tiles its sums [in][out], or adds it to them. The rows of sums are dealt out
// evenly: three times 5 or 6 of 16, not twice 6 and then 4, which would not keep the multipliers busy.
template <int kVectors, Sum kSum, typename W>
HWY_INLINE void add_products(const ConvolutionShape& shape, Rows<W> x, Rows<W> dy, std::int64_t words,
                             float* products) {
  const std::int64_t groups = (shape.in + kMostRows - 1) / kMostRows;
  for (std::int64_t group = 0; group < groups; ++group) {
    const std::int64_t first = shape.in * group / groups;
    const std::int64_t rows = shape.in * (group + 1) / groups - first;
    for (std::int64_t channel = 0; channel < shape.out; channel += kVectors * kLanes) {
      multiply_rows<kMostRows, kVectors, kSum>(rows, x.first + first, 1, x.stride, dy.first + channel, dy.stride, words,
                                               products + first * shape.out + channel, shape.out);
    }
  }
}

template <typename T>
HWY_INLINE std::int64_t words_of(std::int64_t tiles) {
  return (tiles + kPerWord<T> - 1) / kPerWord<T>;
}

// The narrow layers: a piece is a chunk of tiles, whose sums of all positions stay in the L2 cache and leave it as
// those of the taps, [chunk][tap][in][out].
template <int kVectors, typename T>
void narrow_sums(const ConvolutionShape& shape, const T* x, const T* dy, float* sums, std::int64_t first_chunk,
                 std::int64_t last_chunk) {
  const std::int64_t chunks = gradient_chunks(shape);
  const std::int64_t pairs = shape.in * shape.out;
  const std::int64_t x_stride = position_stride<Word<T>>(kBlockWords * shape.in);
  const std::int64_t dy_stride = position_stride<Word<T>>(kBlockWords * shape.out);
  const std::int64_t product_stride = position_stride<float>(pairs);
  const std::int64_t zero_row = std::max(zero_row_size(shape, kBlockTiles<T>), shape.out);
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
        add_products<kVectors, Sum::kContinued>(shape, Rows<Word<T>>{block_x + position * x_stride, shape.in},
                                                Rows<Word<T>>{block_dy + position * dy_stride, shape.out},
                                                words_of<T>(last - first), products + position * product_stride);
      }
    }
    transform_sums(products, product_stride, pairs, sums + chunk * 9 * pairs);
  }
}

// Which two rows, or columns, of pixels a row of a transformed tile is made of, counted from the first one that the
// tile sees: first + sign * second.
struct Taps {
  static constexpr int kNone = -1;

  int first;
  int second;
  float sign;
};
constexpr Taps kInputTaps[4] = {{0, 2, -1}, {1, 2, 1}, {2, 1, -1}, {3, 1, -1}};
constexpr Taps kGradientTaps[4] = {{0, Taps::kNone, 1}, {0, 1, 1}, {0, 1, -1}, {1, Taps::kNone, 1}};

// A map and how its tiles lie in it.
template <typename T>
struct TiledMap {
  const T* pixels;
  std::int64_t channels;
  std::int64_t before;  // rows and columns that a tile sees before its own
};

// One position of the tiles [first, last), transformed, as rows of `stride` words.
template <typename Layout, typename T>
HWY_INLINE void transform_position(const ConvolutionShape& shape, const TiledMap<T>& map, const Taps& row_taps,
                                   const Taps& column_taps, std::int64_t first, std::int64_t last, const T* zeros,
                                   std::int64_t stride, typename Layout::Element* HWY_RESTRICT transformed) {
  const Vector row_sign = hn::Set(kTag, row_taps.sign);
  const Vector column_sign = hn::Set(kTag, column_taps.sign);
  for_each_run(shape, first, last, [&](const Run& run) HWY_ATTR {
    const auto row_of = [&](int tap) HWY_ATTR -> const T* {
      const std::int64_t row = 2 * run.row - map.before + tap;
      const bool is_there = tap != Taps::kNone && row >= 0 && row < shape.height;
      return is_there ? map.pixels + (run.image * shape.height + row) * shape.width * map.channels : nullptr;
    };
    const auto pixel_of = [&](const T* row, int tap, std::int64_t tile) HWY_ATTR {
      const std::int64_t column = 2 * (run.column + tile) - map.before + tap;
      const bool is_there = row != nullptr && tap != Taps::kNone && column >= 0 && column < shape.width;
      return is_there ? row + column * map.channels : zeros;
    };
    const T* const upper = row_of(row_taps.first);
    const T* const lower = row_of(row_taps.second);
    for (std::int64_t tile = 0; tile < run.count; ++tile) {
      const T* const p00 = pixel_of(upper, column_taps.first, tile);
      const T* const p10 = pixel_of(lower, column_taps.first, tile);
      const T* const p01 = pixel_of(upper, column_taps.second, tile);
      const T* const p11 = pixel_of(lower, column_taps.second, tile);
      const std::int64_t at = run.offset + tile;
      for (std::int64_t channel = 0; channel < map.channels; channel += kLanes) {
        // The signs are 1 or -1: nothing is rounded twice.
        const Vector left = hn::MulAdd(row_sign, load(kTag, p10 + channel), load(kTag, p00 + channel));
        const Vector right = hn::MulAdd(row_sign, load(kTag, p11 + channel), load(kTag, p01 + channel));
        Layout::store(hn::MulAdd(column_sign, right, left), at, Layout::at(transformed, at, channel, stride));
      }
    }
  });
}

// The wide layers, whose sums of all positions have no room in a cache: a piece is a chunk of tiles and one position,
// whose sums have, [chunk][position][in][out]. The maps are read 16 times for it, and the tiles transformed as often as
// they are multiplied.
template <int kVectors, typename T>
void wide_sums(const ConvolutionShape& shape, const T* x, const T* dy, float* sums, std::int64_t first_piece,
               std::int64_t last_piece) {
  constexpr std::int64_t kWords = 96;
  constexpr std::int64_t kTiles = kWords * kPerWord<T>;
  constexpr std::int64_t kApart = 16;  // words, lest rows a power of two apart fall into the same few sets of the cache
  const std::int64_t pairs = shape.in * shape.out;
  const std::int64_t chunks = gradient_chunks(shape);
  const std::int64_t x_stride = shape.in + kApart;
  const std::int64_t dy_stride = shape.out + kApart;
  const std::int64_t zero_pixel = std::max(shape.in, shape.out);
  float* const memory = workspace(kWords * (x_stride + dy_stride) + zero_pixel);
  auto* const block_x = reinterpret_cast<Word<T>*>(memory);
  Word<T>* const block_dy = block_x + kWords * x_stride;
  T* const zeros = reinterpret_cast<T*>(block_dy + kWords * dy_stride);
  std::fill_n(zeros, zero_pixel, T{0});
  const TiledMap<T> x_map{x, shape.in, 1};
  const TiledMap<T> dy_map{dy, shape.out, 0};

  for (std::int64_t piece = first_piece; piece < last_piece; ++piece) {
    const std::int64_t chunk = piece / kPositions;
    const std::int64_t position = piece % kPositions;
    float* const products = sums + piece * pairs;
    const std::int64_t begin = tile_count(shape) * chunk / chunks;
    const std::int64_t end = tile_count(shape) * (chunk + 1) / chunks;
    if (begin == end) std::fill_n(products, pairs, 0.0F);
    for (std::int64_t first = begin; first < end; first += kTiles) {
      const std::int64_t last = std::min(first + kTiles, end);
      transform_position<SummedOverRows<T>>(shape, x_map, kInputTaps[position / 4], kInputTaps[position % 4], first,
                                            last, zeros, x_stride, block_x);
      transform_position<SummedOverRows<T>>(shape, dy_map, kGradientTaps[position / 4], kGradientTaps[position % 4],
                                            first, last, zeros, dy_stride, block_dy);
      const Rows<Word<T>> x_rows{block_x, x_stride};
      const Rows<Word<T>> dy_rows{block_dy, dy_stride};
      const std::int64_t words = words_of<T>(last - first);
      first == begin ? add_products<kVectors, Sum::kNew>(shape, x_rows, dy_rows, words, products)
                     : add_products<kVectors, Sum::kContinued>(shape, x_rows, dy_rows, words, products);
    }
  }
}

template <int kVectors, typename T>
void sums_of_width(const ConvolutionShape& shape, const T* x, const T* dy, float* sums, std::int64_t first,
                   std::int64_t last) {
  is_wide(shape) ? wide_sums<kVectors>(shape, x, dy, sums, first, last)
                 : narrow_sums<kVectors>(shape, x, dy, sums, first, last);
}

template <typename T>
void gradient_sums(const ConvolutionShape& shape, const T* x, const T* dy, float* sums, std::int64_t first,
                   std::int64_t last) {
  takes_two_vectors(shape) ? sums_of_width<2>(shape, x, dy, sums, first, last)
                           : sums_of_width<1>(shape, x, dy, sums, first, last);
}

void narrow_weight_gradient(const ConvolutionShape& shape, const float* sums, const WeightStrides& strides, float* dw,
                            std::int64_t first, std::int64_t last) {
  const std::int64_t pairs = shape.in * shape.out;
  const std::int64_t chunks = gradient_chunks(shape);
  for (std::int64_t tap = 0; tap < kTaps; ++tap) {
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

// Square by square of channels, as gather_taps in winograd.cpp.
void wide_weight_gradient(const ConvolutionShape& shape, const float* sums, const WeightStrides& strides, float* dw,
                          std::int64_t first, std::int64_t last) {
  const std::int64_t pairs = shape.in * shape.out;
  const std::int64_t chunks = gradient_chunks(shape);
  for (std::int64_t out = 0; out < shape.out; out += kLanes) {
    for (std::int64_t in = first; in < last; in += kLanes) {
      const std::int64_t count = std::min(kLanes, last - in);
      HWY_ALIGN float taps[kLanes][kTaps][kLanes];
      for (std::int64_t i = 0; i < count; ++i) {
        HWY_ALIGN float products[kPositions * kLanes];
        for (std::int64_t position = 0; position < kPositions; ++position) {
          const float* const from = sums + position * pairs + (in + i) * shape.out + out;
          Vector sum = hn::LoadU(kTag, from);
          for (std::int64_t chunk = 1; chunk < chunks; ++chunk) {
            sum = hn::Add(sum, hn::LoadU(kTag, from + chunk * kPositions * pairs));
          }
          hn::Store(sum, kTag, products + position * kLanes);
        }
        transform_sums(products, kLanes, kLanes, taps[i][0]);
      }
      for (std::int64_t lane = 0; lane < kLanes; ++lane) {
        for (std::int64_t tap = 0; tap < kTaps; ++tap) {
          float* const to =
              dw + in * strides.in + (out + lane) * strides.out + tap / 3 * strides.row + tap % 3 * strides.column;
          for (std::int64_t i = 0; i < count; ++i) to[i * strides.in] = taps[i][tap][lane];
        }
      }
    }
  }
}

}  // namespace

WinogradGradientKernels<float> float_gradient_kernels() { return {gradient_sums<float>}; }

WinogradGradientKernels<Bf16> bf16_gradient_kernels() {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  return {gradient_sums<Bf16>};
#else
  return {};
#endif
}

void winograd_weight_gradient(const ConvolutionShape& shape, const float* sums, const WeightStrides& strides, float* dw,
                              std::int64_t first, std::int64_t last) {
  is_wide(shape) ? wide_weight_gradient(shape, sums, strides, dw, first, last)
                 : narrow_weight_gradient(shape, sums, strides, dw, first, last);
}

}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resnet {

HWY_EXPORT(float_gradient_kernels);
HWY_EXPORT(bf16_gradient_kernels);
HWY_EXPORT(winograd_weight_gradient);

std::int64_t winograd_gradient_pieces(const ConvolutionShape& shape) {
  return is_wide(shape) ? kPositions * gradient_chunks(shape) : gradient_chunks(shape);
}

std::int64_t winograd_gradient_size(const ConvolutionShape& shape) {
  return (is_wide(shape) ? kPositions : kTaps) * gradient_chunks(shape) * shape.in * shape.out;
}

template <typename T>
void winograd_gradient_sums(const ConvolutionShape& shape, const T* x, const T* dy, float* sums, std::int64_t first,
                            std::int64_t last) {
  if constexpr (std::is_same_v<T, float>) {
    HWY_DYNAMIC_DISPATCH(float_gradient_kernels)().sums(shape, x, dy, sums, first, last);
  } else {
    HWY_DYNAMIC_DISPATCH(bf16_gradient_kernels)().sums(shape, x, dy, sums, first, last);
  }
}

template void winograd_gradient_sums(const ConvolutionShape&, const float*, const float*, float*, std::int64_t,
                                     std::int64_t);
template void winograd_gradient_sums(const ConvolutionShape&, const Bf16*, const Bf16*, float*, std::int64_t,
                                     std::int64_t);

void winograd_weight_gradient(const ConvolutionShape& shape, const float* sums, const WeightStrides& strides, float* dw,
                              std::int64_t first, std::int64_t last) {
  HWY_DYNAMIC_DISPATCH(winograd_weight_gradient)(shape, sums, strides, dw, first, last);
}

}  // namespace resnet
#endif

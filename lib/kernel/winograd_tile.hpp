// SPDX-License-Identifier: MIT
#if defined(RESNET_KERNEL_WINOGRAD_TILE) == defined(HWY_TARGET_TOGGLE)
#ifdef RESNET_KERNEL_WINOGRAD_TILE
#undef RESNET_KERNEL_WINOGRAD_TILE
#else
#define RESNET_KERNEL_WINOGRAD_TILE
#endif
// What winograd.cpp and winograd_gradient.cpp share: it comes in once for each instruction set, as they do.

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernel/bf16_vector.hpp"
#include "kernel/winograd.hpp"
#include "kernel/winograd_kernels.hpp"

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {
namespace {

// What a lane multiplies at once: a float, or two bfloat16 side by side that belong to one sum.
template <typename T>
using Word = std::conditional_t<std::is_same_v<T, Bf16>, std::uint32_t, float>;
template <typename T>
constexpr std::int64_t kPerWord = sizeof(Word<T>) / sizeof(T);

// How transformed numbers lie: a row for each tile (of the weights: for each input channel), a column for each channel.
// In a word of two bfloat16, two columns of a row meet, or two rows of a column, whichever the sum runs over.
struct Floats {
  using Element = float;
  HWY_INLINE static float* at(float* first, std::int64_t row, std::int64_t column, std::int64_t columns) {
    return first + row * columns + column;
  }
  HWY_INLINE static void store(Vector v, std::int64_t, float* to) { hn::StoreU(v, kTag, to); }
};
struct PairsOfColumns;
struct PairsOfRows;

template <typename T>
using SummedOverColumns = std::conditional_t<std::is_same_v<T, Bf16>, PairsOfColumns, Floats>;
template <typename T>
using SummedOverRows = std::conditional_t<std::is_same_v<T, Bf16>, PairsOfRows, Floats>;

HWY_INLINE Vector load_words(const float* from) { return hn::LoadU(kTag, from); }
HWY_INLINE Vector broadcast(float word) { return hn::Set(kTag, word); }
HWY_INLINE Vector multiply_add(Vector a, Vector b, Vector sum) { return hn::MulAdd(a, b, sum); }
HWY_INLINE void store_output(Vector v, float* to) { hn::StoreU(v, kTag, to); }

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
constexpr hn::RebindToUnsigned<Tag> kPairs;
constexpr hn::Rebind<Bf16, Tag> kHalf;

struct PairsOfColumns {
  using Element = Bf16;
  HWY_INLINE static Bf16* at(Bf16* first, std::int64_t row, std::int64_t column, std::int64_t columns) {
    return first + row * columns + column;
  }
  HWY_INLINE static void store(Vector v, std::int64_t, Bf16* to) { hn::StoreU(round_to_bf16(v), kHalf, to); }
};

// An even row is written beside zeros, which stay if there is no odd one behind it.
struct PairsOfRows {
  using Element = std::uint32_t;
  HWY_INLINE static std::uint32_t* at(std::uint32_t* first, std::int64_t row, std::int64_t column,
                                      std::int64_t columns) {
    return first + row / 2 * columns + column;
  }
  HWY_INLINE static void store(Vector v, std::int64_t row, std::uint32_t* to) {
    const Bf16Pairs bits = hn::PromoteTo(kPairs, round_to_bf16(v));
    if (row % 2 == 0) {
      hn::StoreU(bits, kPairs, to);
    } else {
      hn::StoreU(hn::Or(hn::LoadU(kPairs, to), hn::ShiftLeft<16>(bits)), kPairs, to);
    }
  }
};

HWY_INLINE Bf16Pairs load_words(const std::uint32_t* from) { return hn::LoadU(kPairs, from); }
HWY_INLINE Bf16Pairs broadcast(std::uint32_t word) { return hn::Set(kPairs, word); }
HWY_INLINE void store_output(Vector v, Bf16* to) { hn::StoreU(round_to_bf16(v), kHalf, to); }
#endif

// Two vectors of sums for each of as many rows as the registers hold: 16 of them, and 32 with AVX-512.
constexpr int kMostRows = kLanes == 16 ? 12 : 6;

HWY_INLINE std::int64_t tile_columns(const ConvolutionShape& shape) { return (shape.width + 1) / 2; }
HWY_INLINE std::int64_t tile_rows(const ConvolutionShape& shape) { return (shape.height + 1) / 2; }
HWY_INLINE std::int64_t tile_count(const ConvolutionShape& shape) {
  return shape.images * tile_rows(shape) * tile_columns(shape);
}

// How many vectors of output channels are computed side by side.
HWY_INLINE bool takes_two_vectors(const ConvolutionShape& shape) { return shape.out % (2 * kLanes) == 0; }

// The distance between positions: 16 powers of two apart would fall into the same few sets of the cache.
template <typename Element>
HWY_INLINE std::int64_t position_stride(std::int64_t elements) {
  return elements + static_cast<std::int64_t>(64 / sizeof(Element));
}

// Neighbouring tiles of one row of tiles.
struct Run {
  std::int64_t image;
  std::int64_t row;
  std::int64_t column;
  std::int64_t count;
  std::int64_t offset;  // of its first tile, from the first one of all
};

// Calls body(run) for the tiles [first, last), counted through all images row by row.
template <typename Body>
HWY_INLINE void for_each_run(const ConvolutionShape& shape, std::int64_t first, std::int64_t last, const Body& body) {
  const std::int64_t columns = tile_columns(shape);
  for (std::int64_t tile = first; tile < last;) {
    const std::int64_t column = tile % columns;
    const std::int64_t row = tile / columns;
    const std::int64_t count = std::min(columns - column, last - tile);
    body(Run{row / tile_rows(shape), row % tile_rows(shape), column, count, tile - first});
    tile += count;
  }
}

// The four pixels of a tile in a map of outputs. What lies beyond the map's edge is `beyond` instead.
template <typename Number>
struct Pixels {
  HWY_INLINE Pixels(const ConvolutionShape& shape, const Run& run, std::int64_t tile, Number* map, Number* beyond) {
    const std::int64_t row = 2 * run.row;
    const std::int64_t column = 2 * (run.column + tile);
    const bool has_right = column + 1 < shape.width;
    const bool has_below = row + 1 < shape.height;
    at[0] = map + ((run.image * shape.height + row) * shape.width + column) * shape.out;
    at[1] = has_right ? at[0] + shape.out : beyond;
    at[2] = has_below ? at[0] + shape.width * shape.out : beyond;
    at[3] = has_right && has_below ? at[0] + (shape.width + 1) * shape.out : beyond;
  }

  Number* at[4];
};

// Fetches the part of a map that the next block will touch while the present one computes: as much again as the block
// touches, from where the next row of tiles ends. The memory is the slower part of the narrow layers otherwise.
template <typename T>
class Prefetch {
 public:
  HWY_INLINE Prefetch(const ConvolutionShape& shape, const T* map, std::int64_t channels, std::int64_t tile,
                      std::int64_t tiles) {
    const std::int64_t size = shape.images * shape.height * shape.width * channels;
    const std::int64_t tile_numbers = 4 * channels;
    const std::int64_t first = std::min((tile + tiles + tile_columns(shape)) * tile_numbers, size);
    next_ = map + first;
    share_ = (std::min(first + tiles * tile_numbers, size) - first) / kPositions;
  }

  // To be called once for each position.
  HWY_INLINE void fetch_share() {
    constexpr std::int64_t kCacheLine = 64 / sizeof(T);
    for (std::int64_t i = 0; i < share_; i += kCacheLine) __builtin_prefetch(next_ + i);
    next_ += share_;
  }

 private:
  const T* next_;
  std::int64_t share_;
};

// One column of the inputs below a tile, transformed.
struct Column {
  Vector at[4];
};

HWY_INLINE Column zero_column() {
  const Vector zero = hn::Zero(kTag);
  return {{zero, zero, zero, zero}};
}

template <typename T>
HWY_INLINE Column load_column(const T* const (&rows)[4], std::int64_t offset) {
  const Vector x0 = load(kTag, rows[0] + offset);
  const Vector x1 = load(kTag, rows[1] + offset);
  const Vector x2 = load(kTag, rows[2] + offset);
  const Vector x3 = load(kTag, rows[3] + offset);
  return {{hn::Sub(x0, x2), hn::Add(x1, x2), hn::Sub(x2, x1), hn::Sub(x3, x1)}};
}

template <typename Layout>
HWY_INLINE void store_input_tile(const Column& c0, const Column& c1, const Column& c2, const Column& c3,
                                 std::int64_t stride, std::int64_t row, typename Layout::Element* HWY_RESTRICT to) {
  HWY_UNROLL(4)
  for (int i = 0; i < 4; ++i, to += 4 * stride) {
    Layout::store(hn::Sub(c0.at[i], c2.at[i]), row, to);
    Layout::store(hn::Add(c1.at[i], c2.at[i]), row, to + stride);
    Layout::store(hn::Sub(c2.at[i], c1.at[i]), row, to + 2 * stride);
    Layout::store(hn::Sub(c3.at[i], c1.at[i]), row, to + 3 * stride);
  }
}

// How many zeros stand for a row of inputs beyond the map's edge, when a block has this many tiles.
HWY_INLINE std::int64_t zero_row_size(const ConvolutionShape& shape, std::int64_t tiles) {
  return (2 * std::min(tiles, tile_columns(shape)) + 2) * shape.in;
}

// The inputs below the tiles [first, last), transformed: [position][tile][channel]. A tile shares two of its four
// columns with the one before.
template <typename Layout, typename T>
HWY_INLINE void transform_input(const ConvolutionShape& shape, const T* x, std::int64_t first, std::int64_t last,
                                const T* zero_row, std::int64_t stride,
                                typename Layout::Element* HWY_RESTRICT transformed) {
  const std::int64_t in = shape.in;
  for_each_run(shape, first, last, [&](const Run& run) HWY_ATTR {
    const T* starts[4];
    for (std::int64_t i = 0; i < 4; ++i) {
      const std::int64_t row = 2 * run.row - 1 + i;
      starts[i] = row >= 0 && row < shape.height
                      ? x + ((run.image * shape.height + row) * shape.width + 2 * run.column) * in
                      : zero_row + in;
    }
    // The last tile of a row sees one or two columns beyond the edge.
    const std::int64_t inner = std::clamp<std::int64_t>((shape.width - 1) / 2 - run.column, 0, run.count);
    for (std::int64_t channel = 0; channel < in; channel += kLanes) {
      const T* const rows[4] = {starts[0] + channel, starts[1] + channel, starts[2] + channel, starts[3] + channel};
      const auto store = [&](const Column& c0, const Column& c1, const Column& c2, const Column& c3,
                             std::int64_t tile) HWY_ATTR {
        store_input_tile<Layout>(c0, c1, c2, c3, stride, tile, Layout::at(transformed, tile, channel, in));
      };
      Column c0 = run.column > 0 ? load_column(rows, -in) : zero_column();
      Column c1 = load_column(rows, 0);
      for (std::int64_t tile = 0; tile < inner; ++tile) {
        const Column c2 = load_column(rows, 2 * tile * in + in);
        const Column c3 = load_column(rows, 2 * tile * in + 2 * in);
        store(c0, c1, c2, c3, run.offset + tile);
        c0 = c2;
        c1 = c3;
      }
      if (inner < run.count) {
        const Column c2 = shape.width % 2 == 0 ? load_column(rows, 2 * inner * in + in) : zero_column();
        store(c0, c1, c2, zero_column(), run.offset + inner);
      }
    }
  });
}

enum class Sum { kNew, kContinued };

// c[r][:] = sum over d of a[r][d] * b[d][:], or += it; rows of c are kVectors vectors. `depth` counts words.
template <int kRows, int kVectors, Sum kSum, typename W>
HWY_INLINE void multiply(const W* HWY_RESTRICT a, std::int64_t a_row, std::int64_t a_step, const W* HWY_RESTRICT b,
                         std::int64_t b_step, std::int64_t depth, float* HWY_RESTRICT c, std::int64_t c_row) {
  Vector sums[kRows][kVectors];
  HWY_UNROLL(12)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(2)
    for (int v = 0; v < kVectors; ++v) {
      sums[r][v] = kSum == Sum::kNew ? hn::Zero(kTag) : hn::LoadU(kTag, c + r * c_row + v * kLanes);
    }
  }
  for (std::int64_t d = 0; d < depth; ++d, a += a_step, b += b_step) {
    decltype(load_words(b)) right[kVectors];
    HWY_UNROLL(2)
    for (int v = 0; v < kVectors; ++v) right[v] = load_words(b + v * kLanes);
    HWY_UNROLL(12)
    for (int r = 0; r < kRows; ++r) {
      const auto left = broadcast(a[r * a_row]);
      HWY_UNROLL(2)
      for (int v = 0; v < kVectors; ++v) sums[r][v] = multiply_add(left, right[v], sums[r][v]);
    }
  }
  HWY_UNROLL(12)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(2)
    for (int v = 0; v < kVectors; ++v) hn::StoreU(sums[r][v], kTag, c + r * c_row + v * kLanes);
  }
}

// The same for a number of rows, up to kRows, that is known only now.
template <int kRows, int kVectors, Sum kSum, typename W>
HWY_INLINE void multiply_rows(std::int64_t rows, const W* a, std::int64_t a_row, std::int64_t a_step, const W* b,
                              std::int64_t b_step, std::int64_t depth, float* c, std::int64_t c_row) {
  if (rows == kRows) {
    multiply<kRows, kVectors, kSum>(a, a_row, a_step, b, b_step, depth, c, c_row);
  } else if constexpr (kRows > 1) {
    multiply_rows<kRows - 1, kVectors, kSum>(rows, a, a_row, a_step, b, b_step, depth, c, c_row);
  }
}

}  // namespace
}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

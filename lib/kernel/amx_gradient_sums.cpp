// SPDX-License-Identifier: MIT
// For one instruction set alone, which Highway does not know: its functions are compiled for it, and called where it is.
#include <hwy/base.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>

#include "kernel/amx_gradient.hpp"
#include "kernel/amx_pieces.hpp"
#include "kernel/workspace.hpp"

#if HWY_ARCH_X86_64

HWY_DIAGNOSTICS(push)
#if HWY_COMPILER_GCC_ACTUAL  // takes what its own header leaves undefined on purpose for a mistake
HWY_DIAGNOSTICS_OFF(disable : 4701, ignored "-Wmaybe-uninitialized")
#endif
#include <immintrin.h>
HWY_DIAGNOSTICS(pop)

HWY_PUSH_ATTRIBUTES("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,amx-tile,amx-bf16")
namespace resnet {
namespace {

constexpr std::int64_t kStep = 32;                 // pixels that a tile takes
constexpr std::int64_t kTile = kAmxPanel * kStep;  // numbers

std::int64_t divide_up(std::int64_t number, std::int64_t by) { return (number + by - 1) / by; }

// How maps fall into bands of rows, and bands into blocks: a band of one image, or several small images.
//
// The pixels of a band are numbered row by row with two more behind each row, which are zero in dy. Pixel p of dy meets
// those of x at p + {0, 1, 2} * width + {0, 1, 2}, counted from the row above the band and the column before it.
struct Bands {
  std::int64_t rows;    // of a band
  std::int64_t count;   // of an image
  std::int64_t images;  // whose bands are in a block
  std::int64_t width;
  std::int64_t steps;  // over a band's pixels
  std::int64_t pairs;  // of pixels of x that they reach

  std::int64_t blocks(const ConvolutionShape& shape) const { return divide_up(shape.images, images) * count; }
};

// The sums stay in tiles over a block, so it is not small; and so that it stays in the L2 cache.
Bands bands_of(const ConvolutionShape& shape) {
  const std::int64_t pixels = std::clamp<std::int64_t>((1 << 18) / shape.in, 64, 512);
  Bands b{};
  b.width = shape.width + 2;
  b.count = divide_up(shape.height, std::clamp<std::int64_t>(pixels / b.width, 1, shape.height));
  b.rows = divide_up(shape.height, b.count);
  b.images = b.count > 1 ? 1 : std::max<std::int64_t>(1, pixels / (b.rows * b.width));
  b.steps = divide_up(b.rows * b.width, kStep);
  b.pairs = b.steps * kStep / 2 + b.width + 1;
  return b;
}

// As long as it lives, all tiles of this thread are 16 rows of 64 bytes.
class TileScope {
 public:
  TileScope() {
    alignas(64) Sizes sizes;
    std::fill_n(sizes.row_bytes, kTiles, std::uint16_t{64});
    std::fill_n(sizes.rows, kTiles, std::uint8_t{16});
    finish_writing();
    _tile_loadconfig(&sizes);
  }
  ~TileScope() { _tile_release(); }
  TileScope(const TileScope&) = delete;
  TileScope& operator=(const TileScope&) = delete;

  // To be called between writing memory and an instruction that loads from it: GCC 12 does not know that LDTILECFG reads
  // 64 bytes, and TILELOADD anything. (TILESTORED keeps what is written after it from being written before.)
  static void finish_writing() { std::atomic_signal_fence(std::memory_order_seq_cst); }

 private:
  static constexpr int kTiles = 8;
  struct Sizes {  // as LDTILECFG reads them
    std::uint8_t palette = 1;
    std::uint8_t first_row = 0;
    std::uint8_t reserved[14] = {};
    std::uint16_t row_bytes[16] = {};
    std::uint8_t rows[16] = {};
  };
};

// 16 channels of one pixel and of the next, in turn.
__m512i pair(const Bf16* pixel, const Bf16* next) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const __m256i lower = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(pixel));
  const __m256i upper = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(next));
  return _mm512_permutexvar_epi16(order, _mm512_inserti64x4(_mm512_castsi256_si512(lower), upper, 1));
}

// Sixteen rows of sixteen words, transposed.
void transpose(__m512i (&rows)[16]) {
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    rows[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    rows[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    rows[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    rows[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  for (int i = 0; i < 16; i += 8) {
    for (int j = i; j < i + 4; ++j) {
      t[j] = _mm512_shuffle_i32x4(rows[j], rows[j + 4], 0x88);
      t[j + 4] = _mm512_shuffle_i32x4(rows[j], rows[j + 4], 0xdd);
    }
  }
  for (int j = 0; j < 8; ++j) {
    rows[j] = _mm512_shuffle_i32x4(t[j], t[j + 8], 0x88);
    rows[j + 8] = _mm512_shuffle_i32x4(t[j], t[j + 8], 0xdd);
  }
}

// The two matrices of a block, cut into tiles that lie in memory as they are loaded.
struct Operands {
  const Bf16* dy;         // [16 channels][image][step][channel][pixel]
  const Bf16* even;       // [16 channels][image][pair][channel][2], of the pixels 2 * pair and 2 * pair + 1,
  const Bf16* odd;        // and of 2 * pair + 1 and 2 * pair + 2
  std::int64_t images;    // that take part
  std::int64_t steps;     // of an image
  std::int64_t dy_panel;  // numbers between 16 channels and the next
  std::int64_t x_panel;
  std::int64_t x_image;

  // The pairs of 16 channels, `shift` pixels on.
  const Bf16* x(std::int64_t panel, std::int64_t shift) const {
    return (shift % 2 == 0 ? even : odd) + panel * x_panel + shift / 2 * kStep;
  }
};

// Adds to the sums of 16 channels of dy and 16 of x for three neighbouring taps.
void add_1x3(const Operands& o, std::int64_t out, std::int64_t in, std::int64_t shift, std::int64_t sums_of_tap,
             float* sums) {
  const Bf16* dy = o.dy + out * o.dy_panel;
  _tile_loadd(0, sums, 64);
  _tile_loadd(1, sums + sums_of_tap, 64);
  _tile_loadd(2, sums + 2 * sums_of_tap, 64);
  for (std::int64_t image = 0; image < o.images; ++image) {
    const Bf16* left = o.x(in, shift) + image * o.x_image;
    const Bf16* middle = o.x(in, shift + 1) + image * o.x_image;
    const Bf16* right = o.x(in, shift + 2) + image * o.x_image;
    for (std::int64_t step = 0; step < o.steps; ++step) {
      _tile_loadd(3, dy, 64);
      _tile_loadd(4, left, 64);
      _tile_dpbf16ps(0, 3, 4);
      _tile_loadd(5, middle, 64);
      _tile_dpbf16ps(1, 3, 5);
      _tile_loadd(6, right, 64);
      _tile_dpbf16ps(2, 3, 6);
      dy += kTile;
      left += kTile;
      middle += kTile;
      right += kTile;
    }
  }
  _tile_stored(0, sums, 64);
  _tile_stored(1, sums + sums_of_tap, 64);
  _tile_stored(2, sums + 2 * sums_of_tap, 64);
}

// And of 32 channels of dy and 32 of x for one tap, which loads less for a product.
void add_2x2(const Operands& o, std::int64_t out, std::int64_t in, std::int64_t shift, std::int64_t sums_of_out,
             float* sums) {
  const Bf16* dy = o.dy + out * o.dy_panel;
  const Bf16* next_dy = dy + o.dy_panel;
  _tile_loadd(0, sums, 64);
  _tile_loadd(1, sums + kAmxSums, 64);
  _tile_loadd(2, sums + sums_of_out, 64);
  _tile_loadd(3, sums + sums_of_out + kAmxSums, 64);
  for (std::int64_t image = 0; image < o.images; ++image) {
    const Bf16* x = o.x(in, shift) + image * o.x_image;
    const Bf16* next_x = x + o.x_panel;
    for (std::int64_t step = 0; step < o.steps; ++step) {
      _tile_loadd(4, dy, 64);
      _tile_loadd(6, x, 64);
      _tile_dpbf16ps(0, 4, 6);
      _tile_loadd(7, next_x, 64);
      _tile_dpbf16ps(1, 4, 7);
      _tile_loadd(5, next_dy, 64);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
      dy += kTile;
      next_dy += kTile;
      x += kTile;
      next_x += kTile;
    }
  }
  _tile_stored(0, sums, 64);
  _tile_stored(1, sums + kAmxSums, 64);
  _tile_stored(2, sums + sums_of_out, 64);
  _tile_stored(3, sums + sums_of_out + kAmxSums, 64);
}

void add_products(const Operands& operands, std::int64_t width, std::int64_t outs, std::int64_t ins, float* sums) {
  const bool takes_2x2 = outs % 2 == 0 && ins % 2 == 0;
  const std::int64_t panels = takes_2x2 ? 2 : 1;
  const std::int64_t taps = takes_2x2 ? 1 : 3;
  const std::int64_t sums_of_tap = outs * ins * kAmxSums;
  for (std::int64_t out = 0; out < outs; out += panels) {
    for (std::int64_t in = 0; in < ins; in += panels) {
      for (std::int64_t tap = 0; tap < kTaps; tap += taps) {
        const std::int64_t shift = tap / 3 * width + tap % 3;
        float* const to = sums + tap * sums_of_tap + (out * ins + in) * kAmxSums;
        if (takes_2x2) {
          add_2x2(operands, out, in, shift, ins * kAmxSums, to);
        } else {
          add_1x3(operands, out, in, shift, sums_of_tap, to);
        }
      }
    }
  }
}

// Where the `count` pixels of a band lie, which begins with `first_row` and has `before` columns before the image's own.
// Those that the image does not have are `zeros`.
void list_pixels(const ConvolutionShape& shape, const Bf16* image, std::int64_t channels, std::int64_t first_row,
                 std::int64_t rows, std::int64_t before, const Bf16* zeros, std::int64_t count, const Bf16** pixels) {
  std::fill_n(pixels, count, zeros);
  const std::int64_t end = std::min(first_row + rows, shape.height);
  for (std::int64_t row = std::max<std::int64_t>(first_row, 0); row < end; ++row) {
    const Bf16** const to = pixels + (row - first_row) * (shape.width + 2) + before;
    for (std::int64_t i = 0; i < shape.width; ++i) to[i] = image + (row * shape.width + i) * channels;
  }
}

void pair_pixels(const Bf16* const* pixels, std::int64_t pairs, std::int64_t panels, std::int64_t panel_stride,
                 Bf16* to) {
  for (std::int64_t i = 0; i < pairs; ++i, to += kStep) {
    for (std::int64_t panel = 0; panel < panels; ++panel) {
      _mm512_store_si512(to + panel * panel_stride,
                         pair(pixels[2 * i] + panel * kAmxPanel, pixels[2 * i + 1] + panel * kAmxPanel));
    }
  }
}

void transpose_pixels(const Bf16* const* pixels, std::int64_t steps, std::int64_t panels, std::int64_t panel_stride,
                      Bf16* to) {
  for (std::int64_t step = 0; step < steps; ++step, pixels += kStep, to += kTile) {
    for (std::int64_t panel = 0; panel < panels; ++panel) {
      __m512i rows[kAmxPanel];
      for (std::int64_t i = 0; i < kAmxPanel; ++i) {
        rows[i] = pair(pixels[2 * i] + panel * kAmxPanel, pixels[2 * i + 1] + panel * kAmxPanel);
      }
      transpose(rows);
      for (std::int64_t i = 0; i < kAmxPanel; ++i) _mm512_store_si512(to + panel * panel_stride + i * kStep, rows[i]);
    }
  }
}

}  // namespace

void amx_gradient_sums(const ConvolutionShape& shape, const Bf16* x, const Bf16* dy, float* sums, std::int64_t first,
                       std::int64_t last) {
  const Bands bands = bands_of(shape);
  const AmxPieces pieces = amx_pieces_of(shape);
  const std::int64_t ins = shape.in / kAmxPanel;
  const std::int64_t outs = pieces.part_out / kAmxPanel;
  const std::int64_t x_image = bands.pairs * kStep;
  const std::int64_t x_panel = bands.images * x_image;
  const std::int64_t dy_image = bands.steps * kTile;
  const std::int64_t dy_panel = bands.images * dy_image;
  const std::int64_t zeros_size = divide_up(std::max(shape.in, shape.out), kStep) * kStep;
  const std::int64_t pixels = 2 * bands.pairs + 1;

  const std::int64_t numbers = 2 * ins * x_panel + outs * dy_panel + zeros_size;
  auto* const even = reinterpret_cast<Bf16*>(workspace(numbers / 2 + 2 * pixels));
  Bf16* const odd = even + ins * x_panel;
  Bf16* const transposed = odd + ins * x_panel;
  Bf16* const zeros = transposed + outs * dy_panel;
  auto** const list = reinterpret_cast<const Bf16**>(zeros + zeros_size);
  std::fill_n(zeros, zeros_size, Bf16{0});
  const TileScope scope;
  for (std::int64_t piece = first; piece < last; ++piece) {
    const std::int64_t chunk = piece / pieces.parts;
    const std::int64_t first_out = piece % pieces.parts * pieces.part_out;
    float* const to = sums + piece * pieces.part_sums;
    std::fill_n(to, pieces.part_sums, 0.0F);
    const std::int64_t end = bands.blocks(shape) * (chunk + 1) / pieces.chunks;
    for (std::int64_t block = bands.blocks(shape) * chunk / pieces.chunks; block < end; ++block) {
      const std::int64_t row = block % bands.count * bands.rows;
      const std::int64_t first_image = block / bands.count * bands.images;
      const std::int64_t images = std::min(bands.images, shape.images - first_image);
      for (std::int64_t i = 0; i < images; ++i) {
        const std::int64_t image = (first_image + i) * shape.height * shape.width;
        list_pixels(shape, x + image * shape.in, shape.in, row - 1, bands.rows + 2, 1, zeros, pixels, list);
        pair_pixels(list, bands.pairs, ins, x_panel, even + i * x_image);
        pair_pixels(list + 1, bands.pairs, ins, x_panel, odd + i * x_image);
        list_pixels(shape, dy + image * shape.out + first_out, shape.out, row, bands.rows, 0, zeros,
                    bands.steps * kStep, list);
        transpose_pixels(list, bands.steps, outs, dy_panel, transposed + i * dy_image);
      }
      TileScope::finish_writing();
      const Operands operands{transposed, even, odd, images, bands.steps, dy_panel, x_panel, x_image};
      add_products(operands, bands.width, outs, ins, to);
    }
  }
}

}  // namespace resnet
HWY_POP_ATTRIBUTES

#else

namespace resnet {

// amx_gradient_pays() lets nobody come here.
void amx_gradient_sums(const ConvolutionShape&, const Bf16*, const Bf16*, float*, std::int64_t, std::int64_t) {
  std::abort();
}

}  // namespace resnet

#endif

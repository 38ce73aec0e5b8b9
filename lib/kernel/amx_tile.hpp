// SPDX-License-Identifier: MIT
#pragma once

// What the kernels of AMX share of instructions. Only between HWY_PUSH_ATTRIBUTES(RESNET_AMX) and HWY_POP_ATTRIBUTES.

#include <hwy/base.h>

#if HWY_ARCH_X86_64

// GCC takes what its own header leaves undefined on purpose for a mistake.
HWY_DIAGNOSTICS(push)
HWY_DIAGNOSTICS_OFF(disable : 4701, ignored "-Wmaybe-uninitialized")
#include <immintrin.h>
HWY_DIAGNOSTICS(pop)

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "kernel/bf16.hpp"

#define RESNET_AMX "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,amx-tile,amx-bf16"

HWY_PUSH_ATTRIBUTES(RESNET_AMX)
namespace resnet {

/// As long as it lives, all tiles of this thread are 16 rows of 64 bytes.
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

  /// To be called between writing memory and loading tiles from it: GCC does not know that the instruction reads it.
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

/// 16 channels of one pixel and of the next, in turn.
inline __m512i pair(const Bf16* pixel, const Bf16* next) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21,
                                         5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const __m256i lower = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(pixel));
  const __m256i upper = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(next));
  return _mm512_permutexvar_epi16(order, _mm512_inserti64x4(_mm512_castsi256_si512(lower), upper, 1));
}

/// Sixteen rows of sixteen words, transposed.
inline void transpose(__m512i (&rows)[16]) {
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

}  // namespace resnet
HWY_POP_ATTRIBUTES

#endif  // HWY_ARCH_X86_64

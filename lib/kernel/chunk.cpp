// SPDX-License-Identifier: MIT
#include "kernel/chunk.hpp"

#include <algorithm>
#include <numeric>

namespace resnet {
namespace {

// Four vectors of the widest instruction set: enough sums side by side to hide the latency of an addition.
constexpr std::int64_t kFullRow = 64;

// 64 KiB in float32: a second pass finds them in the L2 cache, and adding up what the chunks gave costs little.
constexpr std::int64_t kChunkNumbers = 16'384;

// Each chunk gives a few numbers per column, which should be few beside those that it read.
constexpr std::int64_t kFewestRows = 32;

}  // namespace

ChunkedMap::ChunkedMap(std::int64_t pixels, std::int64_t channels)
    : pixels_(pixels),
      channels_(channels),
      row_pixels_(channels < kFullRow ? kFullRow / std::gcd(channels, kFullRow) : 1),
      chunk_rows_(std::max(kFewestRows, kChunkNumbers / columns())),
      full_chunks_((pixels / row_pixels_ + chunk_rows_ - 1) / chunk_rows_) {}

Chunk ChunkedMap::operator[](std::int64_t index) const {
  const std::int64_t all_rows = pixels_ / row_pixels_;
  if (index == full_chunks_) return {all_rows * columns(), pixels_ % row_pixels_, channels_};
  const std::int64_t first_row = index * chunk_rows_;
  return {first_row * columns(), std::min(chunk_rows_, all_rows - first_row), columns()};
}

}  // namespace resnet

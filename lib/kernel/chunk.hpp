// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace resnet {

/// Some numbers of a map that lie one after the other, seen as rows: `rows` of them, each of `columns` numbers.
struct Chunk {
  std::int64_t first;  // counted from the map's first number
  std::int64_t rows;
  std::int64_t columns;  // whole pixels: column j is of channel j % channels
};

/// A channels-last map cut into pieces that fit a cache, for loops that need one result per channel.
///
/// A row is one pixel, or several that together fill vectors where a pixel alone has too few channels; pixels that are
/// left over are the last chunk, in rows of one pixel. The cut depends on the shape alone: sums that are taken chunk by
/// chunk do not depend on the number of threads.
///
/// Shapes   The map is [pixels, channels], without gaps; a pixel of a batch [N, C, H, W] is one of N * H * W.
class ChunkedMap {
 public:
  ChunkedMap(std::int64_t pixels, std::int64_t channels);

  std::int64_t pixels() const { return pixels_; }
  std::int64_t channels() const { return channels_; }
  std::int64_t numbers() const { return pixels_ * channels_; }
  std::int64_t columns() const { return channels_ * row_pixels_; }  // of all chunks but the last, which has no more

  std::int64_t size() const { return full_chunks_ + (pixels_ % row_pixels_ > 0 ? 1 : 0); }
  Chunk operator[](std::int64_t index) const;

 private:
  std::int64_t pixels_;
  std::int64_t channels_;
  std::int64_t row_pixels_;
  std::int64_t chunk_rows_;
  std::int64_t full_chunks_;  // those of wide rows
};

}  // namespace resnet

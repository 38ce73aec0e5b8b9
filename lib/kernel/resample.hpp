// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace resnet {

/// How the pixels of a resized row are made of those of the source, for a part of the row: each is a weighted sum of
/// `taps` neighbours, the first of which is `starts[i]`.
///
/// Shapes   starts [count]; weights [count][taps], the sum of each row 1.
struct ResampleAxis {
  std::int64_t first = 0;  ///< The source pixels that are needed at all: from this one
  std::int64_t end = 0;    ///< up to but not including this one.
  std::int64_t taps = 0;
  std::vector<std::int32_t> starts;
  std::vector<float> weights;

  std::int64_t count() const { return static_cast<std::int64_t>(starts.size()); }
};

/// The pixels `first` up to `first + count` of a row that is resized from `source` pixels to `resized`.
///
/// The filter is a triangle as wide as a new pixel and its neighbours, or as an old pixel and its neighbours where the
/// row grows: antialiased bilinear interpolation, which Pillow calls BILINEAR. Pixels beyond the row's ends have no
/// weight.
///
/// Throws Error if a size is below 1, or the part does not lie within the resized row.
ResampleAxis resample_axis(std::int64_t source, std::int64_t resized, std::int64_t first, std::int64_t count);

/// The same pixels in the opposite order: those of the mirrored image.
ResampleAxis reversed(ResampleAxis axis);

/// Pixels of a part of an image, 3 bytes each; `pixels` is the one at (rows.first, columns.first).
struct RgbSource {
  const std::uint8_t* pixels;
  std::int64_t row_bytes;
};

/// What becomes of a channel's number: number * scale + offset.
struct ColorMap {
  std::array<float, 3> scale = {1, 1, 1};
  std::array<float, 3> offset = {0, 0, 0};
};

/// Resizes in float32, rows first, then columns, without rounding between or after, and maps the numbers.
///
/// Shapes   out [rows.count()][columns.count()][3].
void resample(const RgbSource& source, const ResampleAxis& rows, const ResampleAxis& columns, const ColorMap& colors,
              float* out);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "image/encoded_image.hpp"

namespace resnet {

/// A rectangle of an image.
///
/// Units  Pixels from the image's upper left corner.
struct Region {
  std::int64_t top = 0;
  std::int64_t left = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// Pixels of a part of an image, of 8 bits a channel.
///
/// Shapes   bytes [region.height][region.width][3], in the order R, G, B.
struct Pixels {
  Region region;
  std::vector<std::uint8_t> bytes;  ///< At least these; an object that is used again keeps what it once needed.

  /// The row `y` of the image, from column region.left on.
  const std::uint8_t* row(std::int64_t y) const { return bytes.data() + 3 * (y - region.top) * region.width; }
};

/// Decodes at least this region of an image. Of a JPEG little else is decoded, and nothing below it; of the other
/// formats everything is.
///
/// Grey becomes colour; of 16 bits the upper 8 are taken; transparency is left out; CMYK and YCCK become RGB by
/// multiplication with black, in the inverted form in which Adobe writes them and everybody reads them.
///
/// Differs  A camera's note (EXIF) that the image is to be turned is ignored, as it was in the paper's time.
/// Throws   Error, in one sentence with the image's name, if it is broken as far as it was looked at. `pixels` is then
///          of no use, and can be used again. Lack of memory says nothing of the image: it is std::bad_alloc.
void decode(const EncodedImage& image, const Region& region, Pixels& pixels);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include "image/pixels.hpp"

namespace resnet {

/// `decode` for a JPEG: with the rows above the region skipped, those below never looked at, and the columns beside it
/// left out, which gives the same pixels as decoding everything.
///
/// What is entropy-coded must be read up to the region's last row; so a file that is cut short below it gives its
/// pixels.
///
/// Differs  Data that libjpeg can only guess at is an error, not a grey patch as in Pillow.
/// Throws   Error too if it has more than 200 scans, or would need more than 256 MiB to hold them.
void decode_jpeg(const EncodedImage& image, const Region& region, Pixels& pixels);

}  // namespace resnet

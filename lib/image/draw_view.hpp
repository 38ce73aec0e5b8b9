// SPDX-License-Identifier: MIT
#pragma once

#include "image/photo_view.hpp"
#include "image/pixels.hpp"
#include "kernel/resample.hpp"

namespace resnet {

/// Writes what a net sees of an image: decodes what the view needs of it, resizes it with antialiasing, and turns bytes
/// into numbers, in one pass over each.
///
/// Resizing is as Pillow's bilinear, with which it agrees to a grey level, but what lies between two levels stays
/// there.
///
/// Differs  The paper does not say how an image is resized.
/// Shapes   out float32 [view.size.height][view.size.width][3], in the order R, G, B.
/// Throws   Error, in one sentence with the image's name, if it is broken as far as it was looked at.
void draw_view(const EncodedImage& image, const PhotoView& view, const ColorMap& colors, float* out);

}  // namespace resnet

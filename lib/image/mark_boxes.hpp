// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "image/encoded_image.hpp"

namespace resnet {

/// A rectangle to be drawn into an image, with a word at its upper left corner.
///
/// Units  Pixels of the image.
struct MarkedBox {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
  std::string text;
  std::size_t color = 0;  ///< Which of twelve, counted round: boxes of one kind have one.
};

/// The image with the boxes drawn into it, as a JPEG file.
///
/// Throws Error if the image is broken.
std::string mark_boxes(const EncodedImage& image, const std::vector<MarkedBox>& boxes);

}  // namespace resnet

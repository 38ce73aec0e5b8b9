// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace resnet {

/// A colour image of 8 bits a channel.
///
/// Shapes   pixels [height][width][3], in the order R, G, B.
struct RgbImage {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<std::uint8_t> pixels;
};

/// Reads a PNG, JPEG, or any other image that OpenCV can: grey becomes colour, transparency is left out.
///
/// Differs  A camera's note that the image is to be turned is ignored: the pixels are taken as they stand in the file.
/// Throws   Error if the file is larger than 64 MiB, is no image, or is broken.
RgbImage read_image(const std::filesystem::path& file);

/// The whole image at this size, whatever its proportions.
///
/// Where it shrinks, a pixel is the mean of the area that it covers: to pick single ones, or to interpolate between
/// neighbours, would turn detail finer than the new pixels into patterns that are not in the image (aliasing). Where it
/// grows, pixels are interpolated linearly.
RgbImage resize(const RgbImage& image, std::int64_t height, std::int64_t width);

}  // namespace resnet

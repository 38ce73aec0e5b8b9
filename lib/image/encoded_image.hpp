// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "image/image_header.hpp"

namespace resnet {

/// An image file as it is on the disk, and what its first bytes say of it.
struct EncodedImage {
  std::string name;  ///< What messages call it.
  std::string bytes;
  ImageHeader header;
};

/// Throws what read_image_header throws.
EncodedImage encoded_image(std::string bytes, std::string name, std::int64_t most_pixels = kMostPixels);

/// Reads a file. Throws Error if it cannot be read or is larger than 64 MiB, and what read_image_header throws.
EncodedImage read_encoded_image(const std::filesystem::path& file);

}  // namespace resnet

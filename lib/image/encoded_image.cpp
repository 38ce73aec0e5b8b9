// SPDX-License-Identifier: MIT
#include "image/encoded_image.hpp"

#include <utility>

#include "core/file.hpp"

namespace resnet {
namespace {

constexpr std::uintmax_t kLargestFile = 64 << 20;

}  // namespace

EncodedImage encoded_image(std::string bytes, std::string name, std::int64_t most_pixels) {
  const ImageHeader header = read_image_header(bytes, name, most_pixels);
  return {std::move(name), std::move(bytes), header};
}

EncodedImage read_encoded_image(const std::filesystem::path& file) {
  return encoded_image(read_file(file, kLargestFile), file.string());
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "image/image_header.hpp"

#include <algorithm>
#include <optional>

#include "core/error.hpp"

namespace resnet {
namespace {

using namespace std::string_view_literals;

std::int64_t little_endian(std::string_view bytes) {
  std::int64_t value = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) value = value * 256 + static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

// Each of these finds the size, or nothing where the file ends before it.

/// JPEG is a row of segments, each with a marker and its length; one of those that begin a frame has the size.
std::optional<ImageSize> jpeg_size(std::string_view bytes) {
  for (std::size_t at = 2; at + 9 <= bytes.size();) {
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    if (bytes[at] != '\xff' || marker == 0xff) {  // bytes that fill up, or are left over
      ++at;
      continue;
    }
    const bool is_frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame) return ImageSize{big_endian(bytes.substr(at + 5, 2)), big_endian(bytes.substr(at + 7, 2))};
    const bool is_alone = marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    at += is_alone ? 2 : 2 + static_cast<std::size_t>(big_endian(bytes.substr(at + 2, 2)));
  }
  return {};
}

/// The first chunk has it.
std::optional<ImageSize> png_size(std::string_view bytes) {
  if (bytes.size() < 24) return {};
  return ImageSize{big_endian(bytes.substr(20, 4)), big_endian(bytes.substr(16, 4))};
}

/// A lossy image, a lossless one, or the extended form, which says the size of its canvas.
std::optional<ImageSize> webp_size(std::string_view bytes) {
  if (bytes.size() < 30) return {};
  const std::string_view kind = bytes.substr(12, 4);
  if (kind == "VP8 ") {
    return ImageSize{little_endian(bytes.substr(28, 2)) & 0x3fff, little_endian(bytes.substr(26, 2)) & 0x3fff};
  }
  if (kind == "VP8L") {
    const std::int64_t both = little_endian(bytes.substr(21, 4));
    return ImageSize{(both >> 14 & 0x3fff) + 1, (both & 0x3fff) + 1};
  }
  return ImageSize{little_endian(bytes.substr(27, 3)) + 1, little_endian(bytes.substr(24, 3)) + 1};
}

/// The old header has 16 bits for each, later ones 32, and a height below 0 where the rows go down.
std::optional<ImageSize> bmp_size(std::string_view bytes) {
  if (bytes.size() < 26) return {};
  if (little_endian(bytes.substr(14, 4)) == 12) {
    return ImageSize{little_endian(bytes.substr(20, 2)), little_endian(bytes.substr(18, 2))};
  }
  const auto height = static_cast<std::int32_t>(little_endian(bytes.substr(22, 4)));
  const auto width = static_cast<std::int32_t>(little_endian(bytes.substr(18, 4)));
  return ImageSize{height < 0 ? -std::int64_t{height} : height, width};
}

struct Known {
  ImageFormat format;
  std::optional<ImageSize> size;
};

std::optional<Known> look_at(std::string_view bytes) {
  if (bytes.starts_with("\xff\xd8\xff"sv)) return Known{ImageFormat::kJpeg, jpeg_size(bytes)};
  if (bytes.starts_with("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"sv)) return Known{ImageFormat::kPng, png_size(bytes)};
  if (bytes.starts_with("RIFF"sv) && bytes.size() >= 16 && bytes.substr(8, 7) == "WEBPVP8"sv) {
    return Known{ImageFormat::kWebp, webp_size(bytes)};
  }
  if (bytes.starts_with("BM"sv)) return Known{ImageFormat::kBmp, bmp_size(bytes)};
  return {};
}

}  // namespace

std::int64_t big_endian(std::string_view bytes) {
  std::int64_t value = 0;
  for (const char byte : bytes) value = value * 256 + static_cast<unsigned char>(byte);
  return value;
}

ImageHeader read_image_header(std::string_view bytes, const std::string& name, std::int64_t most_pixels) {
  require(!bytes.empty(), "{}: is empty, expected an image; fetch it anew", name);
  const std::optional<Known> known = look_at(bytes);
  require(known.has_value(), "{}: is no image that can be read here, expected a JPEG, PNG, WebP or BMP; convert it",
          name);
  require(known->size.has_value(), "{}: is cut short: it ends before it says its size; fetch it anew", name);
  const ImageSize size = *known->size;
  require(size.height > 0 && size.width > 0, "{}: has {} x {} pixels, expected at least one; fetch it anew", name,
          size.width, size.height);
  require(size.height <= most_pixels / size.width,
          "{}: has {} x {} pixels, expected at most {} in all; make it smaller", name, size.width, size.height,
          most_pixels);
  require(std::max(size.height, size.width) <= kMostElongated * std::min(size.height, size.width),
          "{}: has {} x {} pixels, expected at most {} times as many one way as the other; cut it", name, size.width,
          size.height, kMostElongated);
  return {known->format, size};
}

}  // namespace resnet

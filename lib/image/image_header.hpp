// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace resnet {

/// Units  Pixels.
struct ImageSize {
  std::int64_t height = 0;
  std::int64_t width = 0;

  bool operator==(const ImageSize&) const = default;
};

/// The formats whose size is looked up before anything is decoded.
enum class ImageFormat { kJpeg, kPng, kWebp, kBmp };

struct ImageHeader {
  ImageFormat format = ImageFormat::kJpeg;
  ImageSize size;
};

/// The most pixels that an image may have: more than any photograph of ImageNet has, and 300 MB when decoded.
constexpr std::int64_t kMostPixels = 100'000'000;

/// How many times longer than wide an image may be: what is longer is no photograph.
constexpr std::int64_t kMostElongated = 200;

/// What an image file is, by its first bytes and not by its name, and how large: before anybody makes room for what it
/// announces.
///
/// Differs  A camera's note (EXIF) that the image is to be turned is ignored: height and width are as they stand in the
///          file.
/// Throws   Error if it is empty, no JPEG, PNG, WebP or BMP, is cut short before it says its size, has no pixels, more
///          than `most_pixels`, or is longer than kMostElongated allows. `name` stands for it in the message.
ImageHeader read_image_header(std::string_view bytes, const std::string& name, std::int64_t most_pixels = kMostPixels);

/// A number of up to seven bytes, of which the first counts most.
std::int64_t big_endian(std::string_view bytes);

}  // namespace resnet

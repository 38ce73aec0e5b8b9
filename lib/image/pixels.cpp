// SPDX-License-Identifier: MIT
#include "image/pixels.hpp"

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "core/error.hpp"
#include "image/jpeg.hpp"
#include "image/opencv.hpp"
#include "image/png_chunks.hpp"

namespace resnet {
namespace {

cv::Mat decode_bgr(const EncodedImage& image) {
  const bool is_png = image.header.format == ImageFormat::kPng;
  const std::string png = is_png ? pixel_chunks(image.bytes) : "";
  const std::string& bytes = is_png ? png : image.bytes;
  try {
    const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
    return cv::imdecode(encoded, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& error) {
    fail_with(error, image.name, "read this image", "; fetch it anew");
  }
}

void decode_by_opencv(const EncodedImage& image, const Region& region, Pixels& pixels) {
  keep_opencv_quiet();
  const cv::Mat bgr = decode_bgr(image);
  const ImageSize& size = image.header.size;
  if (bgr.empty()) {
    // Lack of memory, which is no fault of the file, is hidden by OpenCV: is there room for what its decoders need?
    pixels.bytes.reserve(static_cast<std::size_t>(8 * size.height * size.width));
    pixels.bytes.shrink_to_fit();
  }
  require(!bgr.empty() && bgr.type() == CV_8UC3 && bgr.rows == size.height && bgr.cols == size.width,
          "{}: is a broken image, of which OpenCV makes nothing; fetch it anew", image.name);
  pixels.region = region;
  pixels.bytes.resize(std::max(pixels.bytes.size(), static_cast<std::size_t>(3 * region.height * region.width)));
  std::uint8_t* out = pixels.bytes.data();
  for (std::int64_t y = 0; y < region.height; ++y) {
    const std::uint8_t* row = bgr.ptr<std::uint8_t>(static_cast<int>(region.top + y)) + 3 * region.left;
    for (std::int64_t x = 0; x < region.width; ++x, row += 3, out += 3) {
      out[0] = row[2];
      out[1] = row[1];
      out[2] = row[0];
    }
  }
}

}  // namespace

void decode(const EncodedImage& image, const Region& region, Pixels& pixels) {
  image.header.format == ImageFormat::kJpeg ? decode_jpeg(image, region, pixels)
                                            : decode_by_opencv(image, region, pixels);
}

}  // namespace resnet

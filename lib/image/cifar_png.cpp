// SPDX-License-Identifier: MIT
#include "image/cifar_png.hpp"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/error.hpp"
#include "image/image_header.hpp"
#include "image/opencv.hpp"
#include "image/png_chunks.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kPixels = 32 * 32;

// Looks at the header before OpenCV makes room for whatever it announces.
void check_header(std::string_view png, std::int64_t images, std::string_view name) {
  constexpr std::string_view kStart("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", 16);  // signature, then the first chunk's head
  require(png.size() > kStart.size() + 10 && png.starts_with(kStart), "{}: is not a PNG; fetch it anew", name);
  const std::int64_t width = big_endian(png.substr(16, 4));
  const std::int64_t height = big_endian(png.substr(20, 4));
  require(width == kPixels && height == images, "{}: has {} x {} pixels, expected {} x {}; fetch it anew", name, width,
          height, kPixels, images);
  require(png[24] == 8 && png[25] == 2, "{}: is not an 8-bit RGB image (depth {}, colour type {}); fetch it anew", name,
          int{png[24]}, int{png[25]});
}

cv::Mat decode(std::string_view png, std::string_view name) {
  keep_opencv_quiet();
  std::string bytes = pixel_chunks(png);
  try {
    const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8U, bytes.data());
    return cv::imdecode(encoded, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception& error) {
    fail_with(error, name, "decode it", "; fetch it anew");
  }
}

}  // namespace

std::string decode_cifar_png(std::string_view png, std::int64_t images, std::string_view name) {
  check_header(png, images, name);
  const cv::Mat rows = decode(png, name);
  require(rows.rows == images && rows.cols == kPixels && rows.type() == CV_8UC3, "{}: is a broken PNG; fetch it anew",
          name);
  std::string planes(static_cast<std::size_t>(images * 3 * kPixels), '\0');
  char* out = planes.data();
  for (int image = 0; image < rows.rows; ++image) {
    const auto* pixels = rows.ptr<cv::Vec3b>(image);
    for (const int channel : {2, 1, 0}) {  // OpenCV keeps B, G, R
      for (int i = 0; i < kPixels; ++i) *out++ = static_cast<char>(pixels[i][channel]);
    }
  }
  return planes;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "image/rgb_image.hpp"

#include <algorithm>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

#include "core/error.hpp"
#include "core/file.hpp"

namespace resnet {
namespace {

constexpr std::uintmax_t kLargestFile = 64 << 20;

cv::Mat decode(const std::string& bytes, const std::string& name) {
  try {
    const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
    return cv::imdecode(encoded, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& error) {
    fail("{}: OpenCV cannot read this image: {}", name, error.err);
  } catch (const std::bad_alloc&) {
    fail("{}: this image does not fit into memory", name);
  }
}

/// The image's own memory as a matrix of OpenCV's, which only reads it.
cv::Mat matrix_of(const RgbImage& image) {
  return {static_cast<int>(image.height), static_cast<int>(image.width), CV_8UC3,
          const_cast<std::uint8_t*>(image.pixels.data())};
}

RgbImage image_of(const cv::Mat& rgb) {
  RgbImage image{rgb.rows, rgb.cols, std::vector<std::uint8_t>(3 * rgb.total())};
  rgb.copyTo(matrix_of(image));
  return image;
}

}  // namespace

RgbImage read_image(const std::filesystem::path& file) {
  const std::string name = file.string();
  const std::string bytes = read_file(file, kLargestFile);
  require(!bytes.empty(), "{}: is empty, expected an image", name);
  const cv::Mat bgr = decode(bytes, name);
  require(!bgr.empty(), "{}: is no image that OpenCV can read, expected a PNG, a JPEG or the like", name);
  cv::Mat rgb;
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return image_of(rgb);
}

RgbImage resize(const RgbImage& image, std::int64_t height, std::int64_t width) {
  const cv::Size size(static_cast<int>(width), static_cast<int>(height));
  const cv::Size shrunk(std::min<int>(size.width, static_cast<int>(image.width)),
                        std::min<int>(size.height, static_cast<int>(image.height)));
  cv::Mat result;
  cv::resize(matrix_of(image), result, shrunk, 0, 0, cv::INTER_AREA);
  cv::resize(result, result, size, 0, 0, cv::INTER_LINEAR);
  return image_of(result);
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "image/mark_boxes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/error.hpp"
#include "image/opencv.hpp"
#include "image/pixels.hpp"

namespace resnet {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;

/// Twelve colours that are told apart, in OpenCV's order B, G, R.
cv::Scalar color_of(std::size_t number) {
  static constexpr std::array<std::array<int, 3>, 12> kColors = {{{180, 119, 31},
                                                                  {14, 127, 255},
                                                                  {44, 160, 44},
                                                                  {40, 39, 214},
                                                                  {189, 103, 148},
                                                                  {75, 86, 140},
                                                                  {194, 119, 227},
                                                                  {34, 189, 188},
                                                                  {207, 190, 23},
                                                                  {127, 127, 127},
                                                                  {0, 215, 255},
                                                                  {203, 50, 120}}};
  const auto& color = kColors[number % kColors.size()];
  return {static_cast<double>(color[0]), static_cast<double>(color[1]), static_cast<double>(color[2])};
}

cv::Mat pixels_of(const EncodedImage& image) {
  const ImageSize size = image.header.size;
  Pixels pixels;
  decode(image, {0, 0, size.height, size.width}, pixels);
  cv::Mat picture(static_cast<int>(size.height), static_cast<int>(size.width), CV_8UC3);
  for (int y = 0; y < picture.rows; ++y) {
    const std::uint8_t* rgb = pixels.row(y) - 3 * pixels.region.left;
    for (int x = 0; x < picture.cols; ++x, rgb += 3) picture.at<cv::Vec3b>(y, x) = {rgb[2], rgb[1], rgb[0]};
  }
  return picture;
}

/// Within the picture and a little around it: OpenCV's integers are small.
int pixel(double position, int extent) {
  return static_cast<int>(std::lround(std::clamp(position, -1.0, static_cast<double>(extent))));
}

void mark(cv::Mat& picture, const MarkedBox& box) {
  const int thickness = std::max(1, std::min(picture.rows, picture.cols) / 250);
  const double scale = 0.4 + 0.1 * thickness;
  const cv::Scalar color = color_of(box.color);
  const cv::Point corner(pixel(box.left, picture.cols), pixel(box.top, picture.rows));
  const cv::Point opposite(pixel(box.right, picture.cols), pixel(box.bottom, picture.rows));
  cv::rectangle(picture, corner, opposite, color, thickness);
  if (box.text.empty()) return;
  int below = 0;
  const cv::Size size = cv::getTextSize(box.text, kFont, scale, thickness, &below);
  const cv::Point words(std::clamp(corner.x, 0, std::max(0, picture.cols - size.width)),
                        std::max(corner.y, size.height + below));
  cv::rectangle(picture, words + cv::Point(0, below), words + cv::Point(size.width, -size.height - below), color,
                cv::FILLED);
  cv::putText(picture, box.text, words, kFont, scale, {255, 255, 255}, thickness, cv::LINE_AA);
}

}  // namespace

std::string mark_boxes(const EncodedImage& image, const std::vector<MarkedBox>& boxes) {
  keep_opencv_quiet();
  try {
    cv::Mat picture = pixels_of(image);
    for (const MarkedBox& box : boxes) mark(picture, box);
    std::vector<std::uint8_t> bytes;
    require(cv::imencode(".jpg", picture, bytes) && !bytes.empty(), "{}: is too large to be written as a JPEG",
            image.name);
    return {bytes.begin(), bytes.end()};
  } catch (const cv::Exception& error) {
    fail_with(error, image.name, "mark boxes in it", "");
  }
}

}  // namespace resnet

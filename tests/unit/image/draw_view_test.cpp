// SPDX-License-Identifier: MIT
#include "image/draw_view.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/seed.hpp"
#include "support/catch.hpp"
#include "support/each_simd_target.hpp"
#include "support/jpeg_bytes.hpp"

namespace resnet {
namespace {

std::vector<float> drawn(const EncodedImage& image, const PhotoView& view, const ColorMap& colors = {}) {
  std::vector<float> numbers(static_cast<std::size_t>(3 * view.size.height * view.size.width));
  draw_view(image, view, colors, numbers.data());
  return numbers;
}

EncodedImage png(const cv::Mat_<cv::Vec3b>& bgr) {
  std::vector<std::uint8_t> bytes;
  REQUIRE(cv::imencode(".png", bgr, bytes));
  return encoded_image({bytes.begin(), bytes.end()}, "some.png");
}

EncodedImage patterned_png(int width, int height) {
  cv::Mat_<cv::Vec3b> image(height, width);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) image(y, x)[c] = jpeg_bytes::drawn(x, y, c);
    }
  }
  return png(image);
}

/// What the contract says of a view: the whole resized image, mirrored or not, then cut.
std::vector<float> cut(const std::vector<float>& whole, const PhotoView& view) {
  std::vector<float> numbers;
  for (std::int64_t y = view.top; y < view.top + view.size.height; ++y) {
    for (std::int64_t x = view.left; x < view.left + view.size.width; ++x) {
      const std::int64_t from = view.is_mirrored ? view.resized.width - 1 - x : x;
      const auto pixel = whole.begin() + 3 * (y * view.resized.width + from);
      numbers.insert(numbers.end(), pixel, pixel + 3);
    }
  }
  return numbers;
}

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0;
  std::int64_t resident = 0;
  file >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

TEST_CASE(
    "a view is a cut of the whole resized image or of its mirror, whatever little of it is decoded (Section 3.4)") {
  const EncodedImage image =
      GENERATE(encoded_image(jpeg_bytes::jpeg({.width = 83, .height = 61}), "some.jpg"), patterned_png(83, 61));
  CAPTURE(image.name);
  on_each_target([&] {
    Random random(11);
    const auto draw = [&](std::int64_t bound) {
      return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(bound)));
    };
    for (const std::int64_t side : {16, 45, 61, 100}) {
      const PhotoView whole = whole_view(image.header.size, side, Mirror::kNo);
      const std::vector<float> all = drawn(image, whole);
      for (int i = 0; i < 20; ++i) {
        PhotoView view = whole;
        view.top = draw(view.resized.height);
        view.left = draw(view.resized.width);
        view.size = {1 + draw(view.resized.height - view.top), 1 + draw(view.resized.width - view.left)};
        view.is_mirrored = i % 2 == 1;
        CAPTURE(side, view.top, view.left, view.size.height, view.size.width, view.is_mirrored);
        const std::vector<float> expected = cut(all, view);
        const std::vector<float> ours = drawn(image, view);
        const auto is_near = [](float a, float b) { return std::abs(a - b) < 1e-3F; };  // of 255: other roundings
        CHECK(std::equal(ours.begin(), ours.end(), expected.begin(), expected.end(), is_near));
      }
    }
  });
}

TEST_CASE("an image of one pixel has its colour everywhere, at any size, after the map of colours") {
  const EncodedImage dot = png(cv::Mat_<cv::Vec3b>(1, 1, {30, 20, 10}));  // B, G, R
  const ColorMap colors{{1, 0.5F, 2}, {0, 1, -3}};
  const PhotoView view{{9, 9}, 2, 3, {4, 5}, true};
  const std::vector<float> numbers = drawn(dot, view, colors);
  for (std::size_t i = 0; i < numbers.size(); i += 3) {
    CHECK(numbers[i] == Approx(10));
    CHECK(numbers[i + 1] == Approx(11));
    CHECK(numbers[i + 2] == Approx(57));
  }
}

#if !defined(__SANITIZE_ADDRESS__)  // which keeps what is freed for a while
TEST_CASE("a thread does not keep the memory of an image far larger than photographs are, even of a broken one") {
  const std::string bytes = jpeg_bytes::jpeg({.width = 6000, .height = 4000});  // 72 MB of pixels
  const PhotoView view = whole_view({4000, 6000}, 10, Mirror::kNo);
  const std::int64_t before = resident_bytes();
  drawn(encoded_image(bytes, "large.jpg"), view);
  CHECK(resident_bytes() - before < 30'000'000);
  CHECK_THROWS_AS(drawn(encoded_image(bytes.substr(0, bytes.size() - 2000), "broken.jpg"), view), Error);
  CHECK(resident_bytes() - before < 30'000'000);
}
#endif

}  // namespace
}  // namespace resnet

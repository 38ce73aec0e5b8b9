// SPDX-License-Identifier: MIT
#include "image/mark_boxes.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>

#include "image/pixels.hpp"
#include "support/bmp_bytes.hpp"
#include "support/catch.hpp"

using namespace resnet;

namespace {

EncodedImage grey(int height, int width) {
  return encoded_image(bmp_bytes(height, width, [](int, int) { return std::array<std::uint8_t, 3>{100, 100, 100}; }),
                       "grey.bmp");
}

/// How far a pixel of the picture is from the grey around it.
int change_at(const Pixels& pixels, std::int64_t y, std::int64_t x) {
  const std::uint8_t* rgb = pixels.row(y) + 3 * x;
  return std::abs(rgb[0] - 100) + std::abs(rgb[1] - 100) + std::abs(rgb[2] - 100);
}

Pixels pixels_of(const std::string& jpeg, ImageSize size) {
  Pixels pixels;
  decode(encoded_image(jpeg, "marked.jpg"), {0, 0, size.height, size.width}, pixels);
  return pixels;
}

}  // namespace

TEST_CASE("a box is drawn where it is, and nothing else is changed") {
  const std::string jpeg = mark_boxes(grey(200, 300), {{50, 40, 150, 120, "", 3}});
  const Pixels pixels = pixels_of(jpeg, {200, 300});
  for (const auto& [y, x] : {std::pair{40, 100}, std::pair{120, 100}, std::pair{80, 50}, std::pair{80, 150}}) {
    CHECK(change_at(pixels, y, x) > 60);
  }
  for (const auto& [y, x] : {std::pair{80, 100}, std::pair{20, 100}, std::pair{180, 250}}) {
    CHECK(change_at(pixels, y, x) < 20);
  }
}

TEST_CASE("boxes and words beyond the image's edges stay within it") {
  const std::string jpeg = mark_boxes(
      grey(60, 80), {{-1e9, -1e9, 1e9, 1e9, "everything", 0}, {70, 50, 200, 90, "a word too long for it", 20}});
  CHECK(encoded_image(jpeg, "marked.jpg").header.size == ImageSize{60, 80});
}

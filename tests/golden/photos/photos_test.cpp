// SPDX-License-Identifier: MIT
// What Pillow and torchvision make of the same images, stored by generate.py.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "batch/test_views.hpp"
#include "core/file.hpp"
#include "image/draw_view.hpp"
#include "support/catch.hpp"
#include "support/each_simd_target.hpp"

namespace {

using nlohmann::json;

json stored(const std::string& name) {
  return json::parse(resnet::read_file(std::string(RESNET_TESTS_DIR) + "/golden/photos/" + name));
}

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

/// `drawn` of generate.py.
std::vector<std::uint8_t> drawn(std::int64_t width, std::int64_t height) {
  std::vector<std::uint8_t> pixels;
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      for (std::int64_t c = 0; c < 3; ++c) {
        const std::int64_t noise = (x * 7919 + y * 104'729 + c * 1'299'709) * 2'654'435'761 % (1LL << 32) / (1 << 24);
        const std::int64_t wave = (x * x + 3 * x * y + 5 * y * c) % 97;
        pixels.push_back(static_cast<std::uint8_t>((noise % 64 + wave + (2 * x > y + c * 9 ? 120 : 0)) % 256));
      }
    }
  }
  return pixels;
}

resnet::EncodedImage png_of(std::int64_t width, std::int64_t height) {
  std::vector<std::uint8_t> pixels = drawn(width, height);
  for (std::size_t i = 0; i < pixels.size(); i += 3) std::swap(pixels[i], pixels[i + 2]);  // OpenCV's B, G, R
  const cv::Mat image(static_cast<int>(height), static_cast<int>(width), CV_8UC3, pixels.data());
  std::vector<std::uint8_t> png;
  REQUIRE(cv::imencode(".png", image, png));
  return resnet::encoded_image({png.begin(), png.end()}, "drawn.png");
}

struct Difference {
  double mean = 0;
  double most = 0;
};

template <typename Numbers>
Difference difference(const Numbers& ours, const std::string& theirs) {
  Difference found;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    const double d = std::abs(static_cast<double>(ours[i]) - static_cast<unsigned char>(theirs[i]));
    found.mean += d / static_cast<double>(theirs.size());
    found.most = std::max(found.most, d);
  }
  return found;
}

}  // namespace

TEST_CASE("images are resized as by Pillow's antialiased bilinear filter, to a grey level") {
  const json all = stored("resized.json");
  const resnet::EncodedImage image = png_of(all["width"], all["height"]);
  for (const json& theirs : all["resized"]) {
    const std::int64_t width = theirs["width"];
    const std::int64_t height = theirs["height"];
    CAPTURE(width, height);
    const std::string rgb = bytes_of(theirs["rgb"]);
    on_each_target([&] {
      const resnet::PhotoView view{{height, width}, 0, 0, {height, width}};
      std::vector<float> ours(rgb.size());
      resnet::draw_view(image, view, {}, ours.data());
      const Difference found = difference(ours, rgb);
      CHECK(found.mean < 0.4);  // they round to whole numbers, twice: a quarter of a level each time
      CHECK(found.most < 1.1);
    });
  }
}

TEST_CASE("the ten crops are torchvision's TenCrop, in its order (Section 3.4)") {
  const json all = stored("ten_crop.json");
  for (const json& theirs : all["images"]) {
    const std::int64_t width = theirs["width"];
    const std::int64_t height = theirs["height"];
    CAPTURE(width, height);
    resnet::PhotoTesting testing;
    testing.sizes.crop = all["crop"];
    testing.sizes.test_side = std::min(width, height);  // so nothing is resized, and every pixel can be compared
    testing.input = resnet::parse_normalization("none", "none");
    const at::Tensor crops = resnet::crops_of(png_of(width, height), testing, resnet::TestView::kTenCrop);
    REQUIRE(crops.sizes() == at::IntArrayRef({10, 3, 7, 7}));
    for (std::int64_t i = 0; i < 10; ++i) {
      CAPTURE(i);
      const at::Tensor levels = crops[i].permute({1, 2, 0}).mul(255).round().to(at::kByte).contiguous();
      const std::string rgb = bytes_of(theirs["crops"][static_cast<std::size_t>(i)]);
      CHECK(std::equal(rgb.begin(), rgb.end(), static_cast<const char*>(levels.const_data_ptr())));
    }
  }
}

TEST_CASE("a view is what Pillow resizes, mirrors and cuts, to a grey level (Section 3.4)") {
  const json all = stored("views.json");
  const resnet::EncodedImage image = png_of(all["width"], all["height"]);
  const std::int64_t crop = all["crop"];
  for (const json& theirs : all["views"]) {
    const std::int64_t side = theirs["side"];
    CAPTURE(side);
    const resnet::PhotoView view{resnet::with_shorter_side(image.header.size, side),
                                 theirs["top"],
                                 theirs["left"],
                                 {crop, crop},
                                 theirs["is_mirrored"]};
    std::vector<float> ours(static_cast<std::size_t>(3 * crop * crop));
    resnet::draw_view(image, view, {}, ours.data());
    CHECK(difference(ours, bytes_of(theirs["rgb"])).most < 1.1);
  }
}

TEST_CASE("the ten crops of a resized image are torchvision's, to a grey level (Section 3.4)") {
  const json all = stored("views.json");
  resnet::PhotoTesting testing;
  testing.sizes.crop = all["crop"];
  testing.sizes.test_side = all["ten_crop"]["side"];
  testing.input = resnet::parse_normalization("none", "none");
  const at::Tensor crops = resnet::crops_of(png_of(all["width"], all["height"]), testing, resnet::TestView::kTenCrop);
  for (std::int64_t i = 0; i < 10; ++i) {
    CAPTURE(i);
    const at::Tensor levels = crops[i].permute({1, 2, 0}).mul(255).contiguous();
    const std::string rgb = bytes_of(all["ten_crop"]["crops"][static_cast<std::size_t>(i)]);
    REQUIRE(levels.numel() == static_cast<std::int64_t>(rgb.size()));
    CHECK(difference(levels.const_data_ptr<float>(), rgb).most < 1.1);
  }
}

TEST_CASE("files of every kind have the pixels that Pillow finds in them") {
  const json all = stored("decoded.json");
  for (const auto& [name, theirs] : all.items()) {
    CAPTURE(name);
    const resnet::EncodedImage image = resnet::encoded_image(bytes_of(theirs["file"]), name);
    const std::int64_t width = theirs["width"];
    const std::int64_t height = theirs["height"];
    CHECK(image.header.size == resnet::ImageSize{height, width});
    resnet::Pixels pixels;
    resnet::decode(image, {0, 0, height, width}, pixels);
    const Difference found = difference(pixels.bytes, bytes_of(theirs["rgb"]));
    // Lossy formats leave a decoder its roundings, and CMYK another one; no lossless format does.
    const bool is_lossy = name.find("JPEG") != std::string::npos || name == "lossy WebP";
    CHECK(found.most <= (is_lossy ? 1 : 0));
  }
}

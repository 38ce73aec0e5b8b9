// SPDX-License-Identifier: MIT
#include "image/rgb_image.hpp"

#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace fs = std::filesystem;

namespace {

using Catch::Contains;
using resnet::RgbImage;
using Pixels = std::vector<std::uint8_t>;

fs::path write(const TempFolder& folder, const std::string& name, const cv::Mat& bgr) {
  const fs::path file = folder.path() / name;
  REQUIRE(cv::imwrite(file.string(), bgr));
  return file;
}

}  // namespace

TEST_CASE("an image is read as rows of R, G, B, from any format") {
  const TempFolder folder;
  const cv::Mat bgr(2, 3, CV_8UC3, cv::Scalar(30, 20, 10));
  for (const char* name : {"a.png", "a.bmp", "a.ppm", "a.tiff"}) {
    CAPTURE(name);
    cv::Mat marked = bgr.clone();
    marked.at<cv::Vec3b>(1, 2) = {3, 2, 1};
    const RgbImage image = resnet::read_image(write(folder, name, marked));
    CHECK(image.height == 2);
    CHECK(image.width == 3);
    CHECK(image.pixels == Pixels{10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30, 10, 20, 30, 1, 2, 3});
  }
  const RgbImage jpeg = resnet::read_image(write(folder, "a.jpg", bgr));  // which is not exact
  REQUIRE(jpeg.pixels.size() == 18);
  CHECK(std::abs(jpeg.pixels[0] - 10) < 8);
  CHECK(std::abs(jpeg.pixels[2] - 30) < 8);
}

TEST_CASE("grey, transparent and deep images become plain colour") {
  const TempFolder folder;
  CHECK(resnet::read_image(write(folder, "grey.png", cv::Mat(1, 1, CV_8UC1, cv::Scalar(7)))).pixels == Pixels{7, 7, 7});
  CHECK(resnet::read_image(write(folder, "clear.png", cv::Mat(1, 1, CV_8UC4, cv::Scalar(3, 2, 1, 9)))).pixels ==
        Pixels{1, 2, 3});
  CHECK(resnet::read_image(write(folder, "deep.png", cv::Mat(1, 1, CV_16UC3, cv::Scalar(768, 512, 256)))).pixels ==
        Pixels{1, 2, 3});
}

TEST_CASE("what is no image is refused by name") {
  const TempFolder folder;
  const fs::path file = folder.path() / "cat.png";
  CHECK_THROWS_WITH(resnet::read_image(file), Contains("cat.png: no such file"));
  std::ofstream(file) << "";
  CHECK_THROWS_WITH(resnet::read_image(file), Contains("cat.png: is empty"));
  std::ofstream(file) << "no image";
  CHECK_THROWS_WITH(resnet::read_image(file), Contains("cat.png: is no image"));
  fs::resize_file(file, (64 << 20) + 1);
  CHECK_THROWS_WITH(resnet::read_image(file), Contains("expected at most 67108864"));
}

TEST_CASE("an image that shrinks keeps its mean: what is finer than a pixel does not become a pattern") {
  RgbImage stripes{.height = 64, .width = 64, .pixels = {}};
  for (int row = 0; row < 64; ++row) {
    for (int column = 0; column < 64; ++column) {
      stripes.pixels.insert(stripes.pixels.end(), 3, column % 2 == 0 ? std::uint8_t{0} : std::uint8_t{200});
    }
  }
  for (const auto& [height, width] : {std::pair{32, 32}, {16, 8}, {64, 32}, {100, 32}}) {
    CAPTURE(height, width);
    const RgbImage small = resnet::resize(stripes, height, width);
    REQUIRE(small.pixels.size() == static_cast<std::size_t>(height * width * 3));
    CHECK(small.pixels == Pixels(small.pixels.size(), 100));
  }
}

TEST_CASE("an image of the right size stays as it is, and a growing one is interpolated") {
  const RgbImage pair{.height = 1, .width = 2, .pixels = {0, 0, 0, 80, 80, 80}};
  CHECK(resnet::resize(pair, 1, 2).pixels == pair.pixels);
  const RgbImage wide = resnet::resize(pair, 1, 4);
  CHECK(wide.pixels == Pixels{0, 0, 0, 20, 20, 20, 60, 60, 60, 80, 80, 80});
}

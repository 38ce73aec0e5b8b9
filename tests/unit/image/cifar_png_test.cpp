// SPDX-License-Identifier: MIT
#include "image/cifar_png.hpp"

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/png_bytes.hpp"

namespace {

using Catch::Contains;

std::string encode(const cv::Mat& image) {
  std::vector<unsigned char> bytes;
  REQUIRE(cv::imencode(".png", image, bytes));
  return std::string(bytes.begin(), bytes.end());
}

// Two images whose bytes tell where they came from: B = 3 i, G = 3 i + 1, R = 3 i + 2 at position i, modulo 256.
cv::Mat two_images() {
  cv::Mat rows(2, 1024, CV_8UC3);
  for (std::size_t i = 0; i < rows.total() * 3; ++i) rows.data[i] = static_cast<unsigned char>(i);
  return rows;
}

}  // namespace

TEST_CASE("A row of the package's PNG becomes the R, G and B planes of one image") {
  const cv::Mat rows = two_images();
  const std::string planes = resnet::decode_cifar_png(encode(rows), 2, "two.png");
  REQUIRE(planes.size() == 2 * 3072);
  for (int image = 0; image < 2; ++image) {
    for (int pixel : {0, 1, 31, 32, 1023}) {
      const int first = 3 * (1024 * image + pixel);
      INFO("image " << image << ", pixel " << pixel);
      CHECK(static_cast<unsigned char>(planes[3072 * image + pixel]) == (first + 2) % 256);
      CHECK(static_cast<unsigned char>(planes[3072 * image + 1024 + pixel]) == (first + 1) % 256);
      CHECK(static_cast<unsigned char>(planes[3072 * image + 2048 + pixel]) == first % 256);
    }
  }
}

TEST_CASE("A PNG of another size or kind is refused by name") {
  const auto refuses = [](const std::string& png, const std::string& reason) {
    CHECK_THROWS_WITH(resnet::decode_cifar_png(png, 2, "odd.png"), Contains("odd.png") && Contains(reason));
    CHECK_THROWS_AS(resnet::decode_cifar_png(png, 2, "odd.png"), resnet::Error);
  };
  refuses(encode(cv::Mat::zeros(2, 1023, CV_8UC3)), "1023 x 2 pixels, expected 1024 x 2");
  refuses(encode(cv::Mat::zeros(3, 1024, CV_8UC3)), "1024 x 3 pixels, expected 1024 x 2");
  refuses(encode(cv::Mat::zeros(2, 1024, CV_8UC1)), "not an 8-bit RGB image (depth 8, colour type 0)");
  refuses(encode(cv::Mat::zeros(2, 1024, CV_8UC4)), "not an 8-bit RGB image (depth 8, colour type 6)");
  refuses(encode(cv::Mat::zeros(2, 1024, CV_16UC3)), "not an 8-bit RGB image (depth 16, colour type 2)");
  refuses("", "not a PNG");
  refuses("GIF89a, and then enough bytes to be a header", "not a PNG");
}

TEST_CASE("A PNG that announces a giant image is refused before room is made for it") {
  std::string png = encode(two_images());
  png[20] = '\x7f';  // the highest byte of its height
  CHECK_THROWS_WITH(resnet::decode_cifar_png(png, 2, "giant.png"), Contains("1024 x 2130706434 pixels"));
}

TEST_CASE("What is in a PNG beside its pixels is not looked at") {
  const std::string png = encode(two_images());
  const std::string data = png_bytes::image_data(png);
  const std::string split = png.substr(0, 33) + png_bytes::chunk("IDAT", data.substr(0, 20)) +
                            png_bytes::chunk("tEXt", "Title") + png_bytes::chunk("IDAT", data.substr(20)) +
                            png_bytes::chunk("IEND", "");
  CHECK(resnet::decode_cifar_png(split, 2, "split.png") == resnet::decode_cifar_png(png, 2, "two.png"));
}

TEST_CASE("A PNG cut short or altered gives an error, wherever the harm is") {
  // Noise, so that the compressed bytes fill the file and any of them matters.
  cv::Mat noise(2, 1024, CV_8UC3);
  cv::theRNG().state = 1;
  cv::randu(noise, 0, 256);
  const std::string png = encode(noise);
  for (const std::size_t length : {png.size() / 8, png.size() / 2, png.size() - 100}) {
    INFO("cut to " << length << " of " << png.size() << " bytes");
    CHECK_THROWS_AS(resnet::decode_cifar_png(png.substr(0, length), 2, "cut.png"), resnet::Error);
  }
  std::string altered = png;
  altered[png.size() / 2] = static_cast<char>(~altered[png.size() / 2]);
  CHECK_THROWS_WITH(resnet::decode_cifar_png(altered, 2, "altered.png"), Contains("altered.png: is a broken PNG"));
}

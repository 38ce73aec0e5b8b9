// SPDX-License-Identifier: MIT
#include "image/png_chunks.hpp"

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <vector>

#include "core/error.hpp"
#include "image/pixels.hpp"
#include "support/catch.hpp"
#include "support/png_bytes.hpp"

namespace resnet {
namespace {

using namespace std::string_literals;
using png_bytes::chunk;
using png_bytes::with_chunks;

constexpr std::size_t kSize = 19 * 23;

std::string png_of(const cv::Mat& image, const std::vector<int>& how = {}) {
  std::vector<unsigned char> bytes;
  REQUIRE(cv::imencode(".png", image, bytes, how));
  return {bytes.begin(), bytes.end()};
}

cv::Mat image_of(int type) {
  cv::Mat image(19, 23, type);
  for (std::size_t i = 0; i < kSize * image.elemSize(); ++i) image.data[i] = static_cast<unsigned char>(i * i % 251);
  return image;
}

std::string header(char depth, char color) {
  return chunk("IHDR", png_bytes::number(23) + png_bytes::number(19) + depth + color + "\0\0\0"s);
}

/// With 256 colours, of which the first are transparent.
std::string palette_png() {
  std::string colors;
  for (int i = 0; i < 3 * 256; ++i) colors += static_cast<char>(i * 7 % 256);
  const std::string grey = png_of(image_of(CV_8UC1));
  return grey.substr(0, 8) + header(8, 3) + chunk("PLTE", colors) + chunk("tRNS", "\0\x80\xff"s) + grey.substr(33);
}

std::string joined(const std::vector<std::string>& chunks) {
  std::string all;
  for (const std::string& each : chunks) all += each;
  return all;
}

std::string zeros() { return png_bytes::image_data(png_of(cv::Mat::zeros(100, 100, CV_8UC1))); }

std::vector<std::uint8_t> decoded(const std::string& png) {
  const EncodedImage image = encoded_image(png, "some.png");
  Pixels pixels;
  decode(image, {0, 0, image.header.size.height, image.header.size.width}, pixels);
  return pixels.bytes;
}

/// What OpenCV makes of the file as it is.
std::vector<std::uint8_t> decoded_by_opencv(const std::string& png) {
  const std::vector<char> bytes(png.begin(), png.end());
  const cv::Mat bgr = cv::imdecode(bytes, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  REQUIRE(bgr.type() == CV_8UC3);
  std::vector<std::uint8_t> rgb;
  for (std::size_t i = 0; i < 3 * bgr.total(); i += 3) {
    for (const std::size_t channel : {2, 1, 0}) rgb.push_back(bgr.data[i + channel]);
  }
  return rgb;
}

TEST_CASE("of a PNG the chunks of its pixels alone are kept, in their order") {
  const std::string plain = palette_png();
  CHECK(pixel_chunks(plain) == plain);
  const std::string decorated = joined(png_bytes::decorations(zeros()));
  CHECK(pixel_chunks(with_chunks(plain, decorated, chunk("zTXt", "Late\0\0"s + zeros()))) == plain);
  CHECK(pixel_chunks(plain + decorated + "left over") == plain);
  const std::string unknown = with_chunks(plain, chunk("ABCD", "needed"));  // a decoder that knows it not is to say so
  CHECK(pixel_chunks(unknown) == unknown);
}

TEST_CASE("what is no chunk, or cut short, is left to the decoder") {
  const std::string plain = png_of(image_of(CV_8UC3));
  for (std::size_t length = 8; length < plain.size(); ++length) {
    const std::string kept = pixel_chunks(std::string_view(plain).substr(0, length));
    CHECK(plain.starts_with(kept));
    CHECK(kept.size() + 8 > length);
  }
  const std::string no_type = with_chunks(plain, chunk("a\0\0\0"s, ""));
  CHECK(pixel_chunks(no_type) == no_type);
  CHECK_THROWS_AS(decoded(no_type), Error);
  const std::string endless = plain.substr(0, 33) + png_bytes::number(0xffffffffU);
  CHECK(pixel_chunks(endless + "zTXtlittle") == plain.substr(0, 33));
  CHECK(pixel_chunks(endless + "IDATlittle") == endless + "IDATlittle");
  for (const char* type : {"zTXt", "IDAT"}) CHECK_THROWS_AS(decoded(endless + type + "little"), Error);
}

TEST_CASE("profiles, gamma and texts change no pixel of a PNG of any kind") {
  const std::string decorated = joined(png_bytes::decorations(zeros()));
  const std::string standard = chunk("sRGB", "\0"s) + chunk("gAMA", png_bytes::number(220'000));
  const cv::Mat grey = image_of(CV_8UC1);
  for (const std::string& png :
       {png_of(image_of(CV_8UC3)), png_of(image_of(CV_8UC4)), png_of(image_of(CV_16UC3)), png_of(grey),
        png_of(image_of(CV_16UC1)), png_of(grey, {cv::IMWRITE_PNG_BILEVEL, 1}), palette_png()}) {
    const std::vector<std::uint8_t> expected = decoded_by_opencv(png);
    CHECK(decoded(png) == expected);
    for (const std::string& first : {decorated, standard}) {
      const std::string with = with_chunks(png, first);
      CHECK(decoded_by_opencv(with) == expected);
      CHECK(decoded(with) == expected);
    }
  }
}

// libpng by itself takes this PNG for a broken one.
TEST_CASE("what is decoded are those chunks alone: a text between two of the pixels is no hindrance") {
  const std::string plain = png_of(image_of(CV_8UC3));
  const std::string data = png_bytes::image_data(plain);
  const std::string split = plain.substr(0, 33) + chunk("IDAT", data.substr(0, 20)) +
                            chunk("zTXt", "Comment\0\0"s + zeros()) + chunk("IDAT", data.substr(20)) +
                            chunk("IEND", "");
  CHECK(cv::imdecode(std::vector<char>(split.begin(), split.end()), cv::IMREAD_COLOR).empty());
  CHECK(decoded(split) == decoded(plain));
}

}  // namespace
}  // namespace resnet

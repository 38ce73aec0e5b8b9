// SPDX-License-Identifier: MIT
#include "image/pixels.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/seed.hpp"
#include "support/catch.hpp"
#include "support/few_addresses.hpp"
#include "support/jpeg_bytes.hpp"

namespace resnet {
namespace {

using namespace std::string_literals;
using Catch::Contains;
using jpeg_bytes::Coding;
using jpeg_bytes::Kind;

Pixels decoded(const EncodedImage& image, const Region& region) {
  Pixels pixels;
  decode(image, region, pixels);
  return pixels;
}

Region all_of(const EncodedImage& image) { return {0, 0, image.header.size.height, image.header.size.width}; }

/// Whether the region of a whole image is what was decoded for it.
bool has_the_same(const Pixels& part, const Pixels& whole, const Region& region) {
  for (std::int64_t y = region.top; y < region.top + region.height; ++y) {
    const std::uint8_t* ours = part.row(y) + 3 * (region.left - part.region.left);
    if (!std::equal(ours, ours + 3 * region.width, whole.row(y) + 3 * region.left)) return false;
  }
  return true;
}

template <typename Pixel>
EncodedImage encoded(const cv::Mat_<Pixel>& image, const std::string& ending) {
  std::vector<std::uint8_t> bytes;
  REQUIRE(cv::imencode(ending, image, bytes));
  return encoded_image({bytes.begin(), bytes.end()}, "some" + ending);
}

TEST_CASE("a part of a JPEG has exactly the pixels of the whole, for every sampling and coding") {
  const auto [horizontal, vertical] = GENERATE(table<int, int>({{1, 1}, {2, 1}, {1, 2}, {2, 2}, {4, 1}, {4, 2}}));
  const Coding coding = GENERATE(Coding::kBaseline, Coding::kProgressive, Coding::kByFrequency, Coding::kArithmetic);
  const unsigned restart_interval = GENERATE(0U, 3U);
  CAPTURE(horizontal, vertical, static_cast<int>(coding), restart_interval);
  const EncodedImage image = encoded_image(jpeg_bytes::jpeg({.width = 131,
                                                             .height = 93,
                                                             .horizontal = horizontal,
                                                             .vertical = vertical,
                                                             .coding = coding,
                                                             .restart_interval = restart_interval}),
                                           "a.jpg");
  const Pixels whole = decoded(image, all_of(image));
  Random random(static_cast<std::uint64_t>(horizontal * 10 + vertical));
  const auto draw = [&](std::int64_t bound) {
    return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(bound)));
  };
  for (int i = 0; i < 60; ++i) {
    Region region{draw(93), draw(131)};
    region.height = 1 + draw(93 - region.top);
    region.width = 1 + draw(131 - region.left);
    CAPTURE(region.top, region.left, region.height, region.width);
    CHECK(has_the_same(decoded(image, region), whole, region));
  }
}

TEST_CASE("little more than the region's columns is decoded") {
  const EncodedImage image = encoded_image(jpeg_bytes::jpeg({.width = 800, .height = 40}), "a.jpg");
  const Pixels part = decoded(image, {10, 400, 20, 100});
  CHECK(part.region.width <= 100 + 2 * 16 + 4);
  CHECK(part.region.height == 20);
}

TEST_CASE("CMYK and YCCK become RGB by multiplication with black, in Adobe's inverted form") {
  const J_COLOR_SPACE colors = GENERATE(JCS_CMYK, JCS_YCCK);
  const EncodedImage image =
      encoded_image(jpeg_bytes::jpeg({.colors = colors, .horizontal = 1, .vertical = 1}), "cmyk.jpg");
  const Region region{11, 20, 30, 40};
  const Pixels pixels = decoded(image, region);
  CHECK(has_the_same(pixels, decoded(image, all_of(image)), region));
  double off = 0;
  for (std::int64_t y = 11; y < 41; ++y) {
    for (std::int64_t x = 20; x < 60; ++x) {
      for (std::int64_t c = 0; c < 3; ++c) {
        const int expected = jpeg_bytes::drawn(x, y, c) * jpeg_bytes::drawn(x, y, 3) / 255;
        off += std::abs(expected - pixels.row(y)[3 * (x - pixels.region.left) + c]);
      }
    }
  }
  CHECK(off / (30 * 40 * 3) < 4);  // JPEG loses as much
}

TEST_CASE("a grey JPEG has three equal channels, an RGB one its own") {
  const EncodedImage grey =
      encoded_image(jpeg_bytes::jpeg({.colors = JCS_GRAYSCALE, .horizontal = 1, .vertical = 1}), "grey.jpg");
  const Pixels pixels = decoded(grey, all_of(grey));
  for (std::int64_t x = 0; x < 60; ++x) {
    const std::uint8_t* pixel = pixels.row(9) + 3 * x;
    CHECK((pixel[0] == pixel[1] && pixel[1] == pixel[2]));
    CHECK(std::abs(pixel[0] - jpeg_bytes::drawn(x, 9, 0)) < 30);
  }
  const EncodedImage rgb =
      encoded_image(jpeg_bytes::jpeg({.colors = JCS_RGB, .horizontal = 1, .vertical = 1}), "rgb.jpg");
  CHECK(std::abs(decoded(rgb, all_of(rgb)).row(5)[3 * 40 + 2] - jpeg_bytes::drawn(40, 5, 2)) < 30);
}

TEST_CASE("of 16 bits the upper 8 are taken, and transparency is left out") {
  cv::Mat_<cv::Vec<std::uint16_t, 4>> deep(5, 7);
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 7; ++x)
      deep(y, x) = {static_cast<std::uint16_t>(256 * x + 255), static_cast<std::uint16_t>(256 * y), 0x1234,
                    static_cast<std::uint16_t>(9000 * x)};
  }
  const EncodedImage image = encoded(deep, ".png");
  const Pixels pixels = decoded(image, {1, 2, 3, 4});
  for (std::int64_t y = 1; y < 4; ++y) {
    for (std::int64_t x = 2; x < 6; ++x) {
      const std::uint8_t* pixel = pixels.row(y) + 3 * (x - 2);
      CHECK((pixel[0] == 0x12 && pixel[1] == y && pixel[2] == x));  // R, G, B of OpenCV's B, G, R
    }
  }
}

TEST_CASE("what a file is is told by its bytes: a PNG, a WebP and a BMP under the name of a JPEG") {
  cv::Mat_<cv::Vec3b> small(3, 2, {10, 20, 30});
  for (const char* ending : {".png", ".webp", ".bmp"}) {
    CAPTURE(ending);
    std::vector<std::uint8_t> bytes;
    REQUIRE(cv::imencode(ending, small, bytes, {cv::IMWRITE_WEBP_QUALITY, 101}));
    const EncodedImage image = encoded_image({bytes.begin(), bytes.end()}, "photo.JPEG");
    CHECK(image.header.size == ImageSize{3, 2});
    const Pixels pixels = decoded(image, all_of(image));
    CHECK((pixels.bytes[0] == 30 && pixels.bytes[1] == 20 && pixels.bytes[2] == 10));
  }
}

TEST_CASE("what is no image is named in one sentence") {
  const auto refusal = [](const std::string& bytes) {
    try {
      encoded_image(bytes, "photo.jpg");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return "taken as an image"s;
  };
  CHECK_THAT(refusal(""), Contains("photo.jpg: is empty"));
  CHECK_THAT(refusal("hello"), Contains("is no image that can be read here"));
  CHECK_THAT(refusal("\xff\xd8\xff"), Contains("is cut short"));
  CHECK_THAT(refusal("\xff\xd8\xff\xe0"s + std::string(100, '\0')), Contains("is cut short"));
  CHECK_THAT(refusal("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"s), Contains("is cut short"));
  CHECK_THAT(refusal("RIFF\0\0\0\0WEBPVP8 "s), Contains("is cut short"));
  CHECK_THAT(refusal("BM"), Contains("is cut short"));
  CHECK_THAT(refusal("BM"s + std::string(60, '\0')), Contains("has 0 x 0 pixels"));
}

TEST_CASE("an image that announces more pixels than any photograph has is refused before room is made for it") {
  std::string bytes = jpeg_bytes::jpeg({});
  const std::size_t frame = bytes.find("\xff\xc0"s);
  REQUIRE(frame != std::string::npos);
  bytes.replace(frame + 5, 4, "\xea\x60\xea\x60");  // 60,000 x 60,000
  CHECK_THROWS_WITH(encoded_image(bytes, "huge.jpg"),
                    Contains("huge.jpg: has 60000 x 60000 pixels, expected at most 100000000"));
  const std::string png = "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02\0\0\0"s;
  CHECK_THROWS_WITH(encoded_image(png, "huge.png"), Contains("expected at most"));
  const EncodedImage line = encoded(cv::Mat_<cv::Vec3b>(1, 200), ".png");
  CHECK(line.header.size == ImageSize{1, 200});
  CHECK_THROWS_WITH(encoded(cv::Mat_<cv::Vec3b>(1, 201), ".bmp"), Contains("at most 200 times as many one way"));
}

#if !defined(__SANITIZE_ADDRESS__)  // see FewAddresses
TEST_CASE("lack of memory is no fault of an image: it is thrown as such, for every decoder") {
  // Small files that announce 5000 x 4000 pixels: libjpeg wants room for the coefficients of a progressive one, OpenCV
  // and we ourselves for all pixels.
  std::string progressive = jpeg_bytes::jpeg({.coding = Coding::kProgressive});
  std::string baseline = jpeg_bytes::jpeg({});
  std::string bmp = encoded(cv::Mat_<cv::Vec3b>(40, 60, {10, 200, 30}), ".bmp").bytes;
  REQUIRE(progressive.find("\xff\xc2"s) != std::string::npos);
  REQUIRE(baseline.find("\xff\xc0"s) != std::string::npos);
  progressive.replace(progressive.find("\xff\xc2"s) + 5, 4, "\x0f\xa0\x13\x88");
  baseline.replace(baseline.find("\xff\xc0"s) + 5, 4, "\x0f\xa0\x13\x88");
  bmp.replace(18, 8, "\x88\x13\0\0\xa0\x0f\0\0"s);
  for (const EncodedImage& image : {encoded_image(progressive, "progressive.jpg"),
                                    encoded_image(baseline, "baseline.jpg"), encoded_image(bmp, "some.bmp")}) {
    CAPTURE(image.name);
    REQUIRE(image.header.size == ImageSize{4000, 5000});
    CHECK_THROWS_AS(decoded(image, all_of(image)), Error);  // where memory is left
    const FewAddresses few(std::uint64_t{8} << 20);
    CHECK_THROWS_AS(decoded(image, all_of(image)), std::bad_alloc);
  }
  // With transparency OpenCV's decoder of WebP makes room twice, 12 MB and then 16, and hides what it lacks at the second.
  const EncodedImage webp = encoded(cv::Mat_<cv::Vec4b>(2000, 2000, {10, 200, 30, 128}), ".webp");
  ::malloc_trim(0);
  {
    const FewAddresses few(std::uint64_t{20} << 20);
    CHECK_THROWS_AS(decoded(webp, all_of(webp)), std::bad_alloc);
  }
  CHECK_NOTHROW(decoded(webp, all_of(webp)));
}
#endif

TEST_CASE("a JPEG cut short is an error as far as it is looked at, and good above that") {
  const std::string bytes = jpeg_bytes::jpeg({.width = 300, .height = 300});
  const EncodedImage whole = encoded_image(bytes, "whole.jpg");
  const EncodedImage half = encoded_image(bytes.substr(0, bytes.size() / 2), "half.jpg");
  CHECK_THROWS_WITH(decoded(half, all_of(half)), Contains("half.jpg: is a broken JPEG"));
  CHECK_THROWS_AS(decoded(half, {280, 0, 20, 20}), Error);
  const Region top{0, 0, 64, 300};
  CHECK(has_the_same(decoded(half, top), decoded(whole, all_of(whole)), top));
}

TEST_CASE("a broken file of any format is an error in one sentence, whatever is broken") {
  const std::string kind = GENERATE("jpeg"s, "progressive", "png", "webp", "bmp");
  std::string bytes;
  if (kind == "jpeg" || kind == "progressive") {
    bytes = jpeg_bytes::jpeg({.coding = kind == "jpeg" ? Coding::kBaseline : Coding::kProgressive});
  } else {
    bytes = encoded(cv::Mat_<cv::Vec3b>(40, 60, {10, 200, 30}), "." + kind).bytes;
  }
  Random random(7);
  int refused = 0;
  for (int i = 0; i < 300; ++i) {
    std::string broken = bytes.substr(0, 1 + random.below(bytes.size()));
    for (std::uint64_t n = random.below(4); n > 0; --n)
      broken[random.below(broken.size())] = static_cast<char>(random.below(256));
    try {
      const EncodedImage image = encoded_image(broken, "broken", /*most_pixels=*/1 << 20);
      decoded(image, all_of(image));
    } catch (const Error& error) {
      ++refused;
      CHECK_THAT(error.what(), Contains("broken") && !Contains("\n"));
    }
  }
  CHECK(refused > 100);
}

TEST_CASE("a small JPEG with hundreds of scans is refused, lest it keep a thread busy for minutes") {
  const std::string bytes = jpeg_bytes::jpeg({.coding = Coding::kByFrequency});
  const std::size_t first = bytes.find("\xff\xda"s);
  const std::size_t end = bytes.find("\xff\xc4"s, first);  // the tables of the next scan
  REQUIRE(end != std::string::npos);
  const auto repeated = [&](int times) {
    std::string many = bytes;
    for (int i = 0; i < times; ++i) many.insert(end, bytes, first, end - first);
    return encoded_image(many, "many.jpg");
  };
  const EncodedImage once = repeated(0);
  const EncodedImage often = repeated(150);
  CHECK(has_the_same(decoded(often, all_of(often)), decoded(once, all_of(once)), all_of(once)));
  const EncodedImage many = repeated(300);
  CHECK_THROWS_WITH(decoded(many, all_of(many)),
                    "many.jpg: has more scans than a photograph needs; save it as baseline");
}

TEST_CASE(
    "a small progressive JPEG that announces 81 million pixels is refused before room is made for all their scans") {
  std::string bytes = jpeg_bytes::jpeg({.horizontal = 1, .vertical = 1, .coding = Coding::kProgressive});
  const std::size_t frame = bytes.find("\xff\xc2"s);
  REQUIRE(frame != std::string::npos);
  bytes.replace(frame + 5, 4, "\x23\x28\x23\x28");  // 9000 x 9000
  CHECK_THROWS_WITH(
      decoded(encoded_image(bytes, "huge.jpg"), {0, 0, 16, 16}),
      "huge.jpg: has too many pixels for a JPEG in scans, which would take more than 256 MiB; save it as baseline");
}

TEST_CASE("a JPEG with faults that change no pixel is read, as by Pillow") {
  const std::string bytes = jpeg_bytes::jpeg({});
  const EncodedImage sound = encoded_image(bytes, "sound.jpg");
  const std::size_t tables = bytes.find("\xff\xc4"s);
  const std::size_t scan = bytes.find("\xff\xda"s);
  REQUIRE((tables != std::string::npos && scan != std::string::npos));
  std::string of_old_camera = bytes;
  of_old_camera[scan + 12] = 0;  // the last frequency, 63 in every baseline scan
  const std::string with_left_overs = std::string(bytes).insert(tables, "left over");
  for (const std::string& faulty : {of_old_camera, with_left_overs}) {
    REQUIRE(faulty != bytes);
    const EncodedImage image = encoded_image(faulty, "faulty.jpg");
    CHECK(has_the_same(decoded(image, all_of(image)), decoded(sound, all_of(sound)), all_of(sound)));
  }
}

}  // namespace
}  // namespace resnet

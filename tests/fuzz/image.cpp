// SPDX-License-Identifier: MIT
// Image files, and what decoding them whole, and the views of training and testing, make of them.
#include <cstdlib>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/error.hpp"
#include "fuzz/fuzz_target.hpp"
#include "image/draw_view.hpp"
#include "support/jpeg_bytes.hpp"
#include "support/png_bytes.hpp"

namespace {

// So that one input takes little time; what is larger is refused by its header, as it should be.
constexpr std::int64_t kMostPixels = 1 << 16;

// Decoders make room for the pixels that a header announces, some of them several times: in whole blocks, as
// coefficients of 16 bits, and in rows beside them.
constexpr std::size_t kRoomForPixels = std::size_t{64} << 20;

/// What is drawn has numbers of bytes; of an image that is broken below a view, the view may still be there.
void draw(const resnet::EncodedImage& image, const resnet::PhotoView& view) {
  std::vector<float> numbers(static_cast<std::size_t>(3 * view.size.height * view.size.width));
  try {
    resnet::draw_view(image, view, {}, numbers.data());
  } catch (const resnet::Error&) {
    return;
  }
  for (const float number : numbers) {
    if (!(number > -0.01F && number < 255.01F)) std::abort();
  }
}

void read(const std::string& bytes) {
  const resnet::EncodedImage image = resnet::encoded_image(bytes, "fuzz", kMostPixels);
  const resnet::ImageSize size = image.header.size;
  volatile unsigned sum = 0;
  try {
    resnet::Pixels pixels;
    resnet::decode(image, {0, 0, size.height, size.width}, pixels);
    for (std::int64_t i = 0; i < 3 * size.height * size.width; ++i)
      sum = sum + pixels.bytes[static_cast<std::size_t>(i)];
  } catch (const resnet::Error&) {  // of a part, all may still be there
  }
  const resnet::PhotoSizes sizes = resnet::photo_sizes(16);
  for (std::int64_t k = 0; k < 3; ++k) draw(image, resnet::training_view(sizes, size, bytes.size(), k));
  for (const resnet::PhotoView& view : resnet::ten_crop_views(sizes, size)) draw(image, view);
  draw(image, resnet::whole_view(size, /*side=*/5, resnet::Mirror::kNo));
  draw(image, resnet::whole_view(size, /*side=*/40, resnet::Mirror::kYes));
}

}  // namespace

std::vector<std::string> seed_inputs() {
  using jpeg_bytes::Coding;
  std::vector<std::string> seeds = {
      jpeg_bytes::jpeg({.width = 40, .height = 33}),
      jpeg_bytes::jpeg({.width = 33, .height = 40, .horizontal = 2, .vertical = 1, .restart_interval = 2}),
      jpeg_bytes::jpeg({.width = 24, .height = 24, .coding = Coding::kProgressive}),
      jpeg_bytes::jpeg({.width = 24, .height = 24, .coding = Coding::kArithmetic}),
      jpeg_bytes::jpeg({.width = 20, .height = 20, .colors = JCS_GRAYSCALE, .horizontal = 1, .vertical = 1}),
      jpeg_bytes::jpeg({.width = 20, .height = 20, .colors = JCS_YCCK}),
      jpeg_bytes::jpeg({.width = 30, .height = 9, .colors = JCS_CMYK, .horizontal = 1, .vertical = 1}),
      jpeg_bytes::jpeg({.width = 21, .height = 18, .colors = JCS_RGB, .horizontal = 1, .vertical = 1}),
      jpeg_bytes::jpeg({.width = 41, .height = 10, .horizontal = 4, .vertical = 1}),
      jpeg_bytes::jpeg({.width = 25, .height = 26, .coding = Coding::kByFrequency, .restart_interval = 3})};
  cv::Mat image(19, 23, CV_8UC4);
  for (std::size_t i = 0; i < 4 * image.total(); ++i) image.data[i] = static_cast<unsigned char>(i * i % 251);
  const auto add = [&](const char* ending, const cv::Mat& of, const std::vector<int>& how) {
    std::vector<unsigned char> bytes;
    cv::imencode(ending, of, bytes, how);
    seeds.emplace_back(bytes.begin(), bytes.end());
  };
  for (const char* ending : {".png", ".webp", ".bmp"}) add(ending, image, {});
  add(".webp", image, {cv::IMWRITE_WEBP_QUALITY, 101});  // lossless
  cv::Mat grey;
  cv::extractChannel(image, grey, 0);
  for (const char* ending : {".png", ".bmp"}) add(ending, grey, {});
  add(".png", grey, {cv::IMWRITE_PNG_BILEVEL, 1});
  add(".png", cv::Mat(19, 23, CV_16UC3, cv::Scalar(900, 40'000, 7)), {});
  const std::string& png = seeds.back();
  std::string texts;
  for (const std::string& each : png_bytes::decorations(png_bytes::image_data(png))) texts += each;
  seeds.push_back(png_bytes::with_chunks(png, texts, png_bytes::chunk("tEXt", "late")));
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_within_bounds(data, size, read, kRoomForPixels);
  return 0;
}

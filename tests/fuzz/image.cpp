// SPDX-License-Identifier: MIT
// Image files, and what a training view and a whole decoding make of them.
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/error.hpp"
#include "fuzz/fuzz_target.hpp"
#include "image/draw_view.hpp"
#include "support/jpeg_bytes.hpp"

namespace {

// So that one input takes little time; what is larger is refused by its header, as it should be.
constexpr std::int64_t kMostPixels = 1 << 16;

// Decoders make room for the pixels that a header announces, some of them several times: in whole blocks, as
// coefficients of 16 bits, and in rows beside them.
constexpr std::size_t kRoomForPixels = std::size_t{64} << 20;

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
  std::vector<float> view(static_cast<std::size_t>(3 * sizes.crop * sizes.crop));
  for (std::int64_t k = 0; k < 3; ++k) {
    resnet::draw_view(image, resnet::training_view(sizes, size, bytes.size(), k), {}, view.data());
  }
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
      jpeg_bytes::jpeg({.width = 20, .height = 20, .colors = JCS_YCCK})};
  cv::Mat image(19, 23, CV_8UC4);
  for (std::size_t i = 0; i < 4 * image.total(); ++i) image.data[i] = static_cast<unsigned char>(i * i % 251);
  for (const char* ending : {".png", ".webp", ".bmp"}) {
    std::vector<unsigned char> bytes;
    cv::imencode(ending, image, bytes);
    seeds.emplace_back(bytes.begin(), bytes.end());
  }
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_within_bounds(data, size, read, kRoomForPixels);
  return 0;
}

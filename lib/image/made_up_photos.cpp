// SPDX-License-Identifier: MIT
#include "image/made_up_photos.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/new_folder.hpp"
#include "core/seed.hpp"
#include "core/wait_while_held.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMark = ".made-up-photos";

std::string described(const MadeUpPhotos& photos) {
  return fmt::format("classes {}, train {}, val {}, shorter side {}, seed {}\n", photos.classes, photos.train_images,
                     photos.validation_images, photos.shorter_side, photos.seed);
}

struct Kind {
  double angle;                  // of the stripes
  std::array<double, 3> colour;  // of every other stripe, 0..255
};

Kind kind_of(std::int64_t label, const MadeUpPhotos& photos) {
  Random random(derive_seed(photos.seed, "made-up class", static_cast<std::uint64_t>(label)));
  Kind kind{std::numbers::pi * static_cast<double>(label) / static_cast<double>(photos.classes), {}};
  for (double& channel : kind.colour) channel = 40 + 175 * random.uniform();
  return kind;
}

cv::Mat draw(const Kind& kind, std::int64_t shorter_side, Random random) {
  const auto longer_side =
      shorter_side + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(shorter_side / 2 + 1)));
  const bool is_wide = random.below(2) == 0;
  cv::Mat image(static_cast<int>(is_wide ? shorter_side : longer_side),
                static_cast<int>(is_wide ? longer_side : shorter_side), CV_8UC3);
  const double period = static_cast<double>(shorter_side) * (0.1 + 0.1 * random.uniform());
  const double phase = 2 * std::numbers::pi * random.uniform();
  const double across_x = 2 * std::numbers::pi / period * std::cos(kind.angle);
  const double across_y = 2 * std::numbers::pi / period * std::sin(kind.angle);
  for (int y = 0; y < image.rows; ++y) {
    auto* pixel = image.ptr<std::uint8_t>(y);
    for (int x = 0; x < image.cols; ++x) {
      const double stripe = 0.5 + 0.5 * std::sin(across_x * x + across_y * y + phase);
      std::uint64_t noise = random.next();
      for (std::size_t c = 0; c < 3; ++c, noise >>= 8) {
        const double value = 128 + stripe * (kind.colour[2 - c] - 128) + static_cast<double>(noise & 31U) - 16;
        *pixel++ = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
      }
    }
  }
  return image;
}

void write_jpeg(const fs::path& file, const cv::Mat& image) {
  std::vector<std::uint8_t> bytes;
  require(cv::imencode(".jpg", image, bytes, {cv::IMWRITE_JPEG_QUALITY, 90}), "{}: OpenCV cannot make a JPEG of it",
          file.string());
  write_atomically(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool is_finished(const fs::path& folder, const MadeUpPhotos& photos) {
  std::error_code ignored;
  return fs::exists(folder / kMark, ignored) && read_file(folder / kMark, 1000) == described(photos);
}

}  // namespace

void make_up_photos(const fs::path& folder, const MadeUpPhotos& photos,
                    const std::function<void(const std::string&)>& on_wait) {
  require(photos.classes > 0 && photos.train_images > 0 && photos.validation_images > 0 && photos.shorter_side > 0,
          "made-up photographs: {}, expected at least 1 of each", described(photos));
  if (is_finished(folder, photos)) return;
  std::error_code ignored;
  require(!fs::exists(folder, ignored) || fs::is_empty(folder, ignored) || fs::exists(folder / kMark, ignored),
          "{}: holds something that was not made up; choose another folder", folder.string());
  const auto made = wait_while_held([&] { return std::make_unique<NewFolder>(folder); }, on_wait);
  if (is_finished(folder, photos)) return;  // by another process
  for (const bool is_training : {true, false}) {
    for (std::int64_t label = 0; label < photos.classes; ++label) {
      const Kind kind = kind_of(label, photos);
      const fs::path place = made->path() / (is_training ? "train" : "val") / fmt::format("class{:03}", label);
      for (std::int64_t i = 0; i < (is_training ? photos.train_images : photos.validation_images); ++i) {
        const auto number = static_cast<std::uint64_t>(label * 1'000'000 + i);
        const Random random(
            derive_seed(photos.seed, is_training ? "made-up training photo" : "made-up test photo", number));
        write_jpeg(place / fmt::format("{:05}.jpg", i), draw(kind, photos.shorter_side, random));
      }
    }
  }
  write_atomically(made->path() / kMark, described(photos));
  made->put_in_place();
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "batch/image_statistics.hpp"

#include <algorithm>
#include <vector>

#include "batch/prefetch.hpp"
#include "core/error.hpp"
#include "image/pixels.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kAtOnce = 64;

/// What one photograph adds; or why it could not be read.
struct Measured {
  ColorMoments moments;
  std::string left_out;
};

ColorMoments moments_of(const EncodedImage& image) {
  const ImageSize& size = image.header.size;
  Pixels pixels;
  decode(image, {0, 0, size.height, size.width}, pixels);
  // Whole numbers are summed without rounding: kMostPixels of 255 * 255 fit.
  std::array<std::int64_t, 3> first{};
  std::array<std::array<std::int64_t, 3>, 3> second{};
  for (std::int64_t y = 0; y < size.height; ++y) {
    const std::uint8_t* pixel = pixels.row(y);
    for (std::int64_t x = 0; x < size.width; ++x, pixel += 3) {
      for (std::size_t i = 0; i < 3; ++i) {
        first[i] += pixel[i];
        for (std::size_t j = i; j < 3; ++j) second[i][j] += pixel[i] * pixel[j];
      }
    }
  }
  const double count = static_cast<double>(size.height * size.width);
  ColorMoments moments;
  for (std::size_t i = 0; i < 3; ++i) {
    moments.first[i] = static_cast<double>(first[i]) / (255 * count);
    for (std::size_t j = i; j < 3; ++j) {
      moments.second[i][j] = moments.second[j][i] = static_cast<double>(second[i][j]) / (255 * 255 * count);
    }
  }
  return moments;
}

InParts<std::vector<Measured>> measuring(const PhotoSet& set, BadImages bad_images) {
  const auto count = [&set](std::int64_t index) { return std::min(kAtOnce, set.size() - index * kAtOnce); };
  return {
      .begin = [count](std::int64_t index) { return std::vector<Measured>(static_cast<std::size_t>(count(index))); },
      .parts = count,
      .make =
          [&set, bad_images](std::vector<Measured>& all, std::int64_t index, std::int64_t i) {
            Measured& measured = all[static_cast<std::size_t>(i)];
            measured.left_out = why_left_out(
                bad_images, [&] { measured.moments = moments_of(read_encoded_image(set.path(index * kAtOnce + i))); });
          },
      .end = {}};
}

void add(ColorMoments& sum, const ColorMoments& moments) {
  for (std::size_t i = 0; i < 3; ++i) {
    sum.first[i] += moments.first[i];
    for (std::size_t j = 0; j < 3; ++j) sum.second[i][j] += moments.second[i][j];
  }
}

ColorMoments divided(ColorMoments sum, std::int64_t images) {
  for (std::size_t i = 0; i < 3; ++i) {
    sum.first[i] /= static_cast<double>(images);
    for (double& product : sum.second[i]) product /= static_cast<double>(images);
  }
  return sum;
}

}  // namespace

std::optional<ColorStatistics> measure_statistics(const PhotoSet& set, BadImages bad_images, std::int64_t threads,
                                                  const std::function<bool(std::int64_t)>& goes_on,
                                                  const std::function<void(const std::string&)>& on_left_out) {
  const std::int64_t chunks = (set.size() + kAtOnce - 1) / kAtOnce;
  Prefetch made(measuring(set, bad_images), 0, chunks, threads);
  ColorMoments sum;
  std::int64_t images = 0;
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    if (!goes_on(chunk * kAtOnce)) return std::nullopt;
    for (const Measured& measured : made.next()) {
      if (!measured.left_out.empty()) {
        on_left_out(measured.left_out);
        continue;
      }
      add(sum, measured.moments);
      ++images;
    }
  }
  require(images > 0, "{}: none of its {} images can be read", set.folder.string(), set.size());
  ColorStatistics statistics = statistics_of(divided(sum, images), images);
  statistics.data_fingerprint = fingerprint(set);
  return statistics;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "kernel/resample.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/each_simd_target.hpp"

namespace resnet {
namespace {

std::vector<std::uint8_t> some_bytes(std::int64_t height, std::int64_t width) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(3 * height * width));
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 2'654'435'761U >> 24);
  return bytes;
}

/// One number of the result, from the definition: a triangle over both axes, in double.
double expected(const std::vector<std::uint8_t>& bytes, std::int64_t height, std::int64_t width, double scale_y,
                double scale_x, std::int64_t y, std::int64_t x, std::int64_t c) {
  const auto weight = [](double scale, std::int64_t to, std::int64_t from) {
    const double distance = static_cast<double>(from) + 0.5 - (static_cast<double>(to) + 0.5) * scale;
    return std::max(0.0, 1 - std::abs(distance) / std::max(1.0, scale));
  };
  double sum = 0;
  double weights = 0;
  for (std::int64_t i = 0; i < height; ++i) {
    for (std::int64_t j = 0; j < width; ++j) {
      const double w = weight(scale_y, y, i) * weight(scale_x, x, j);
      sum += w * bytes[static_cast<std::size_t>(3 * (i * width + j) + c)];
      weights += w;
    }
  }
  return sum / weights;
}

struct Resize {
  std::int64_t height, width, resized_height, resized_width;
};

TEST_CASE("a resized pixel is the triangle-weighted mean of what it covers, on every instruction set") {
  const Resize r = GENERATE(Resize{9, 14, 9, 14}, Resize{9, 14, 20, 31}, Resize{30, 41, 11, 9}, Resize{30, 41, 2, 60},
                            Resize{1, 1, 5, 3}, Resize{7, 2, 1, 1}, Resize{3, 64, 3, 1});
  CAPTURE(r.height, r.width, r.resized_height, r.resized_width);
  const std::vector<std::uint8_t> bytes = some_bytes(r.height, r.width);
  const ResampleAxis rows = resample_axis(r.height, r.resized_height, 0, r.resized_height);
  const ResampleAxis columns = resample_axis(r.width, r.resized_width, 0, r.resized_width);
  const ColorMap colors{{1, 2, 0.5F}, {0, -3, 7}};
  on_each_target([&] {
    std::vector<float> out(static_cast<std::size_t>(3 * r.resized_height * r.resized_width));
    const RgbSource source{bytes.data() + 3 * (rows.first * r.width + columns.first), 3 * r.width};
    resample(source, rows, columns, colors, out.data());
    double most = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto c = i % 3;
      const auto x = static_cast<std::int64_t>(i / 3) % r.resized_width;
      const auto y = static_cast<std::int64_t>(i / 3) / r.resized_width;
      const double scale_y = static_cast<double>(r.height) / static_cast<double>(r.resized_height);
      const double scale_x = static_cast<double>(r.width) / static_cast<double>(r.resized_width);
      const double level = expected(bytes, r.height, r.width, scale_y, scale_x, y, x, static_cast<std::int64_t>(c));
      most = std::max(most, std::abs(level * static_cast<double>(colors.scale[c]) +
                                     static_cast<double>(colors.offset[c]) - static_cast<double>(out[i])));
    }
    CHECK(most < 2e-4);
  });
}

TEST_CASE("a part of a resized row has the pixels that the whole row has there, and names what it needs") {
  const ResampleAxis whole = resample_axis(500, 341, 0, 341);
  const ResampleAxis part = resample_axis(500, 341, 100, 24);
  CHECK(part.taps == whole.taps);
  CHECK(std::equal(part.starts.begin(), part.starts.end(), whole.starts.begin() + 100));
  CHECK(std::equal(part.weights.begin(), part.weights.end(), whole.weights.begin() + 100 * whole.taps));
  CHECK(part.first >= 100 * 500 / 341 - 2);
  CHECK(part.end <= 124 * 500 / 341 + 2);
  CHECK(whole.first == 0);
  CHECK(whole.end == 500);
}

TEST_CASE("the weights of each resized pixel add up to 1") {
  const auto [from, to] = GENERATE(table<std::int64_t, std::int64_t>({{500, 341}, {3, 700}, {9000, 256}, {1, 640}}));
  const ResampleAxis axis = resample_axis(from, to, 0, to);
  for (std::int64_t i = 0; i < to; ++i) {
    const auto first = axis.weights.begin() + i * axis.taps;
    CHECK(std::accumulate(first, first + axis.taps, 0.0) == Approx(1).margin(1e-6));
    CHECK(axis.starts[static_cast<std::size_t>(i)] + axis.taps <= from);
  }
}

TEST_CASE("a reversed axis gives the mirrored row, and nothing is written beyond it") {
  const std::vector<std::uint8_t> bytes = some_bytes(1, 20);
  const ResampleAxis row = resample_axis(1, 1, 0, 1);
  const ResampleAxis columns = resample_axis(20, 13, 0, 13);
  on_each_target([&] {
    std::vector<float> straight(40, -1);
    std::vector<float> mirrored(40, -1);
    resample({bytes.data(), 60}, row, columns, {}, straight.data());
    resample({bytes.data(), 60}, row, reversed(columns), {}, mirrored.data());
    for (std::size_t x = 0; x < 13; ++x) {
      for (std::size_t c = 0; c < 3; ++c) CHECK(straight[3 * x + c] == mirrored[3 * (12 - x) + c]);
    }
    CHECK(straight[39] == -1);
    CHECK(mirrored[39] == -1);
  });
}

TEST_CASE("a part beyond the resized row is refused") {
  CHECK_THROWS_AS(resample_axis(10, 20, 15, 6), Error);
  CHECK_THROWS_AS(resample_axis(10, 20, -1, 6), Error);
  CHECK_THROWS_AS(resample_axis(0, 20, 0, 6), Error);
}

}  // namespace
}  // namespace resnet

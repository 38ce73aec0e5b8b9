// SPDX-License-Identifier: MIT
#include "image/photo_colors.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/seed.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

using Catch::Contains;

double dot(const Rgb& a, const Rgb& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/// Moments of colours that vary by `values` along `axes` around a mean.
ColorMoments moments(const Rgb& mean, const std::array<Rgb, 3>& axes, const Rgb& values) {
  ColorMoments result{mean, {}};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      result.second[i][j] = mean[i] * mean[j];
      for (std::size_t k = 0; k < 3; ++k) result.second[i][j] += values[k] * axes[k][i] * axes[k][j];
    }
  }
  return result;
}

const std::array<Rgb, 3> kAxes = {
    {{2.0 / 3, 2.0 / 3, 1.0 / 3}, {2.0 / 3, -1.0 / 3, -2.0 / 3}, {-1.0 / 3, 2.0 / 3, -2.0 / 3}}};

TEST_CASE("statistics find the axes along which colours vary, largest variance first") {
  const ColorStatistics found = statistics_of(moments({0.5, 0.4, 0.3}, kAxes, {0.02, 0.05, 0.001}), 7);
  CHECK(found.images == 7);
  CHECK(found.eigenvalues[0] == Approx(0.05));
  CHECK(found.eigenvalues[1] == Approx(0.02));
  CHECK(found.eigenvalues[2] == Approx(0.001));
  CHECK(std::abs(dot(found.eigenvectors[0], kAxes[1])) == Approx(1));
  CHECK(std::abs(dot(found.eigenvectors[1], kAxes[0])) == Approx(1));
  CHECK(std::abs(dot(found.eigenvectors[2], kAxes[2])) == Approx(1));
  CHECK(found.std[0] == Approx(std::sqrt(0.02 * 4 / 9 + 0.05 * 4 / 9 + 0.001 / 9)));
  for (const Rgb& axis : found.eigenvectors) {
    const double largest = std::abs(axis[0]) > std::abs(axis[1]) ? axis[0] : axis[1];
    CHECK((std::abs(largest) < std::abs(axis[2]) ? axis[2] : largest) > 0);
  }
}

TEST_CASE("statistics of grey images, and of images of one colour, are finite") {
  const ColorStatistics grey =
      statistics_of({{0.5, 0.5, 0.5}, {{{0.3, 0.3, 0.3}, {0.3, 0.3, 0.3}, {0.3, 0.3, 0.3}}}}, 1);
  CHECK(grey.eigenvalues[0] == Approx(0.15));
  CHECK(grey.eigenvalues[1] == Approx(0).margin(1e-12));
  CHECK(std::abs(dot(grey.eigenvectors[0], {1, 1, 1})) == Approx(std::sqrt(3.0)));
  const ColorStatistics one = statistics_of({{0.5, 0, 0}, {{{0.25, 0, 0}, {0, 0, 0}, {0, 0, 0}}}}, 1);
  for (const double value : one.eigenvalues) CHECK(value == 0);
}

TEST_CASE("measured axes are scaled by the roots of their eigenvalues: alpha = 1 is one standard deviation") {
  const PhotoColors colors = colors_of(statistics_of(moments({0.5, 0.4, 0.3}, kAxes, {0.04, 0.01, 0.0025}), 1));
  CHECK(std::sqrt(dot(colors.shifts[0], colors.shifts[0])) == Approx(0.2));
  CHECK(std::sqrt(dot(colors.shifts[1], colors.shifts[1])) == Approx(0.1));
  CHECK(std::sqrt(dot(colors.shifts[2], colors.shifts[2])) == Approx(0.05));
}

TEST_CASE("the published constants are an orthogonal basis, each axis times its published number") {
  const PhotoColors colors = imagenet_colors();
  CHECK(colors.mean == Rgb{0.485, 0.456, 0.406});
  CHECK(std::sqrt(dot(colors.shifts[0], colors.shifts[0])) == Approx(0.2175).epsilon(1e-3));
  CHECK(std::sqrt(dot(colors.shifts[1], colors.shifts[1])) == Approx(0.0188).epsilon(1e-3));
  CHECK(std::sqrt(dot(colors.shifts[2], colors.shifts[2])) == Approx(0.0045).epsilon(1e-3));
  CHECK(std::abs(dot(colors.shifts[0], colors.shifts[1])) < 1e-3 * 0.2175 * 0.0188);
  CHECK(std::abs(dot(colors.shifts[0], colors.shifts[2])) < 1e-3 * 0.2175 * 0.0045);
  // The columns of fb.resnet.torch's eigvec, red first: neither rows nor blue first.
  for (std::size_t c = 0; c < 3; ++c) {
    CAPTURE(c);
    CHECK(colors.shifts[0][c] == Approx(0.2175 * Rgb{-0.5675, -0.5808, -0.5836}[c]));
    CHECK(colors.shifts[1][c] == Approx(0.0188 * Rgb{0.7192, -0.0045, -0.6948}[c]));
    CHECK(colors.shifts[2][c] == Approx(0.0045 * Rgb{0.4009, -0.8140, 0.4203}[c]));
  }
}

TEST_CASE("a shift is P (alpha lambda) with alpha from N(0, 0.1): its mean is 0, its deviation a tenth of each axis") {
  PhotoColors colors;
  colors.shifts = {{{1, 0, 0}, {0, 2, 0}, {0, 0, 3}}};
  Rgb sum{};
  Rgb squares{};
  constexpr int kDraws = 20'000;
  for (std::int64_t k = 0; k < kDraws; ++k) {
    const Rgb shift = color_shift(colors, /*seed=*/5, k);
    for (std::size_t c = 0; c < 3; ++c) {
      sum[c] += shift[c] / kDraws;
      squares[c] += shift[c] * shift[c] / kDraws;
    }
  }
  for (std::size_t c = 0; c < 3; ++c) {
    const double std = 0.1 * static_cast<double>(c + 1);
    CHECK(std::abs(sum[c]) < 5 * std / std::sqrt(double{kDraws}));
    CHECK(std::sqrt(squares[c]) == Approx(std).epsilon(0.03));
  }
  CHECK(color_shift(colors, 5, 1) == color_shift(colors, 5, 1));
  CHECK(color_shift(colors, 5, 1) != color_shift(colors, 5, 2));
  CHECK(color_shift(colors, 5, 1) != color_shift(colors, 6, 1));
}

TEST_CASE("statistics are read back as they were written, and the flag takes them or ImageNet's") {
  const TempFolder folder;
  const auto file = folder.path() / "colors.json";
  ColorStatistics written = statistics_of(moments({0.5, 0.4, 0.3}, kAxes, {0.04, 0.01, 0.0025}), 12);
  written.data_fingerprint = "0123456789abcdef";
  write_statistics(file, written);
  const ColorStatistics read = read_statistics(file);
  CHECK(read.images == 12);
  CHECK(read.mean == written.mean);
  CHECK(read.std == written.std);
  CHECK(read.eigenvalues == written.eigenvalues);
  CHECK(read.eigenvectors == written.eigenvectors);
  CHECK(read.data_fingerprint == written.data_fingerprint);
  CHECK(parse_photo_colors(file.string()).shifts == colors_of(written).shifts);
  CHECK(parse_photo_colors("imagenet").shifts == imagenet_colors().shifts);
}

TEST_CASE("colours as text are read back as the same bits") {
  CHECK(photo_colors_text(imagenet_colors()) == "imagenet");
  const PhotoColors third{{1.0 / 3, 0.1, 1}, {{{1e-20, -2.0 / 3, 0}, {0.25, 0.5, -1}, {0, 0, 0.1 + 0.2}}}};
  CHECK(parse_photo_colors(photo_colors_text(third)) == third);
  CHECK(photo_colors_text({{0.5, 0.25, 1}, {}}) == "0.5,0.25,1,0,0,0,0,0,0,0,0,0");
  CHECK_THROWS_WITH(parse_photo_colors("124,116,104,0,0,0,0,0,0,0,0,0"), Contains("no mean of images of 0..1"));
  CHECK_THROWS_WITH(parse_photo_colors("nan,0,0,0,0,0,0,0,0,0,0,0"), Contains("no mean of images of 0..1"));
  for (const char* text : {"", "0.5", "0,0,0,0,0,0,0,0,0,0,0", "0,0,0,0,0,0,0,0,0,0,0,0,", "nowhere.json"}) {
    CHECK_THROWS_AS(parse_photo_colors(text), Error);  // no such file
  }
}

TEST_CASE("a file that holds no statistics is refused") {
  const TempFolder folder;
  const auto file = folder.path() / "colors.json";
  for (
      const char* text :
      {"", "[]", "{}", R"({"images": 1, "mean": [1, 2], "std": [1, 1, 1]})",
       R"({"images": 1, "mean": [0,0,0], "std": [1,1,1], "eigenvalues": [1,1,1], "eigenvectors": [[1,0,0],[0,1,0],"x"]})"}) {
    write_atomically(file, text);
    CHECK_THROWS_WITH(read_statistics(file), Contains("image_statistics"));
  }
}

TEST_CASE("statistics that no images have are refused") {
  const TempFolder folder;
  const auto file = folder.path() / "colors.json";
  const ColorStatistics sound = statistics_of(moments({0.5, 0.4, 0.3}, kAxes, {0.04, 0.01, 0.0025}), 12);
  const auto check_refused = [&](const auto& change) {
    ColorStatistics changed = sound;
    change(changed);
    write_statistics(file, changed);
    CHECK_THROWS_WITH(read_statistics(file), Contains("colors.json: has statistics that no images of 0..1 have"));
  };
  check_refused([](ColorStatistics& s) { s.images = 0; });
  check_refused([](ColorStatistics& s) { s.mean[1] = 124; });  // of 0..255
  check_refused([](ColorStatistics& s) { s.std[0] = -0.1; });
  check_refused([](ColorStatistics& s) { s.eigenvalues[2] = -1; });
  check_refused([](ColorStatistics& s) { s.eigenvectors[0] = {1, 1, 1}; });
  check_refused([](ColorStatistics& s) { s.eigenvectors[0] = s.eigenvectors[1]; });

  ColorStatistics widest = sound;  // half of all pixels black and half white, and a rounding beyond
  widest.std = {0.5 + 1e-9, 0.5, 0.5};
  widest.eigenvalues = {0.75 + 1e-9, 0, 0};
  write_statistics(file, widest);
  CHECK(read_statistics(file).std == widest.std);
}

}  // namespace
}  // namespace resnet

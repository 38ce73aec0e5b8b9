// SPDX-License-Identifier: MIT
#include "image/photo_colors.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/number.hpp"
#include "core/seed.hpp"

namespace resnet {
namespace {

using Json = nlohmann::ordered_json;
using Matrix = std::array<Rgb, 3>;

constexpr const char* kImageNetColors = "imagenet";

/// Each column j of `vectors` (eigenvectors[c][j], as they are published) times its value.
std::array<Rgb, 3> scaled_columns(const Matrix& vectors, const Rgb& values) {
  std::array<Rgb, 3> shifts{};
  for (std::size_t j = 0; j < 3; ++j) {
    for (std::size_t c = 0; c < 3; ++c) shifts[j][c] = vectors[c][j] * values[j];
  }
  return shifts;
}

/// The numbers between commas; nothing if the text is no twelve of them.
std::optional<PhotoColors> colors_in(const std::string& text) {
  const auto numbers = numbers_between_commas(text);
  if (!numbers || numbers->size() != 12) return std::nullopt;
  const auto rgb = [&](std::size_t i) { return Rgb{(*numbers)[i], (*numbers)[i + 1], (*numbers)[i + 2]}; };
  return PhotoColors{rgb(0), {rgb(3), rgb(6), rgb(9)}};
}

/// One turn in the plane of axes p and q that makes a[p][q] vanish (Jacobi), of the matrix and of its axes.
void rotate(Matrix& a, Matrix& axes, std::size_t p, std::size_t q) {
  if (a[p][q] == 0) return;
  const double angle = 0.5 * std::atan2(2 * a[p][q], a[q][q] - a[p][p]);
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  for (std::size_t i = 0; i < 3; ++i) {
    const double ip = a[i][p];
    const double iq = a[i][q];
    a[i][p] = c * ip - s * iq;
    a[i][q] = s * ip + c * iq;
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const double pi = a[p][i];
    const double qi = a[q][i];
    a[p][i] = c * pi - s * qi;
    a[q][i] = s * pi + c * qi;
    const double xp = axes[p][i];
    axes[p][i] = c * xp - s * axes[q][i];
    axes[q][i] = s * xp + c * axes[q][i];
  }
}

constexpr double kRounding = 1e-3;  // far above that of a file, far below what is wrong

bool is_rgb(const Json& json) {
  return json.is_array() && json.size() == 3 &&
         std::all_of(json.begin(), json.end(), [](const Json& number) { return number.is_number(); });
}

bool are_within(const Rgb& numbers, double least, double most) {
  return std::all_of(numbers.begin(), numbers.end(), [=](double x) { return x >= least && x <= most; });
}

/// Whether the axes are perpendicular, and one long each.
bool are_orthonormal(const std::array<Rgb, 3>& axes) {
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const double product = axes[i][0] * axes[j][0] + axes[i][1] * axes[j][1] + axes[i][2] * axes[j][2];
      if (!(std::abs(product - (i == j ? 1 : 0)) < kRounding)) return false;
    }
  }
  return true;
}

/// Whether images of 0..1 can have these, but for rounding.
bool is_possible(const ColorStatistics& statistics) {
  return statistics.images > 0 && are_within(statistics.mean, 0, 1) && are_within(statistics.std, 0, 0.5 + kRounding) &&
         are_within(statistics.eigenvalues, 0, 0.75 + kRounding) && are_orthonormal(statistics.eigenvectors);
}

}  // namespace

PhotoColors imagenet_colors() {
  return {{0.485, 0.456, 0.406},
          scaled_columns({{{-0.5675, 0.7192, 0.4009}, {-0.5808, -0.0045, -0.8140}, {-0.5836, -0.6948, 0.4203}}},
                         {0.2175, 0.0188, 0.0045})};
}

Rgb color_shift(const PhotoColors& colors, std::uint64_t seed, std::int64_t k) {
  Random random(derive_seed(seed, "color", static_cast<std::uint64_t>(k)));
  Rgb shift{};
  for (const Rgb& axis : colors.shifts) {
    const double alpha = kAlphaDeviation * random.normal();
    for (std::size_t c = 0; c < 3; ++c) shift[c] += alpha * axis[c];
  }
  return shift;
}

ColorStatistics statistics_of(const ColorMoments& average, std::int64_t images) {
  ColorStatistics statistics{.images = images,
                             .mean = average.first,
                             .std = {},
                             .eigenvalues = {},
                             .eigenvectors = {},
                             .data_fingerprint = {}};
  Matrix covariance{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) covariance[i][j] = average.second[i][j] - average.first[i] * average.first[j];
    statistics.std[i] = std::sqrt(std::max(0.0, covariance[i][i]));
  }
  Matrix axes = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  for (int sweep = 0; sweep < 30; ++sweep) {  // the angles shrink quadratically: five would do
    rotate(covariance, axes, 0, 1);
    rotate(covariance, axes, 0, 2);
    rotate(covariance, axes, 1, 2);
  }
  std::array<std::size_t, 3> order = {0, 1, 2};
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return covariance[i][i] > covariance[j][j]; });
  for (std::size_t i = 0; i < 3; ++i) {
    statistics.eigenvalues[i] = std::max(0.0, covariance[order[i]][order[i]]);
    Rgb axis = axes[order[i]];
    const double largest =
        *std::max_element(axis.begin(), axis.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
    for (double& part : axis) part = largest < 0 ? -part : part;
    statistics.eigenvectors[i] = axis;
  }
  return statistics;
}

PhotoColors colors_of(const ColorStatistics& statistics) {
  PhotoColors colors{statistics.mean, statistics.eigenvectors};
  for (std::size_t j = 0; j < 3; ++j) {
    for (double& part : colors.shifts[j]) part *= std::sqrt(statistics.eigenvalues[j]);
  }
  return colors;
}

void write_statistics(const std::filesystem::path& file, const ColorStatistics& statistics) {
  const Json json = {{"images", statistics.images},
                     {"mean", statistics.mean},
                     {"std", statistics.std},
                     {"eigenvalues", statistics.eigenvalues},
                     {"eigenvectors", statistics.eigenvectors},
                     {"data_fingerprint", statistics.data_fingerprint}};
  write_atomically(file, json.dump(2) + "\n");
}

ColorStatistics read_statistics(const std::filesystem::path& file) {
  const Json json = parse_json(read_file(file, 1 << 20));
  const auto has_rgb = [&](const char* key) { return json.contains(key) && is_rgb(json.at(key)); };
  const bool is_good = json.is_object() && has_rgb("mean") && has_rgb("std") && has_rgb("eigenvalues") &&
                       json.contains("eigenvectors") && json.at("eigenvectors").is_array() &&
                       json.at("eigenvectors").size() == 3 &&
                       std::all_of(json.at("eigenvectors").begin(), json.at("eigenvectors").end(), is_rgb) &&
                       json.contains("images") && json.at("images").is_number_integer();
  require(is_good, "{}: holds no statistics of images; make them with ./run image_statistics", file.string());
  ColorStatistics statistics{.images = json.at("images").get<std::int64_t>(),
                             .mean = json.at("mean").get<Rgb>(),
                             .std = json.at("std").get<Rgb>(),
                             .eigenvalues = json.at("eigenvalues").get<Rgb>(),
                             .eigenvectors = json.at("eigenvectors").get<std::array<Rgb, 3>>(),
                             .data_fingerprint = {}};
  require(is_possible(statistics),
          "{}: has statistics that no images of 0..1 have; make it anew with ./run image_statistics", file.string());
  statistics.data_fingerprint = field_of<std::string>(json, "data_fingerprint").value_or("");
  return statistics;
}

std::string photo_colors_text(const PhotoColors& colors) {
  if (colors == imagenet_colors()) return kImageNetColors;
  return fmt::format("{},{},{},{}", fmt::join(colors.mean, ","), fmt::join(colors.shifts[0], ","),
                     fmt::join(colors.shifts[1], ","), fmt::join(colors.shifts[2], ","));
}

PhotoColors parse_photo_colors(const std::string& text) {
  if (text == kImageNetColors) return imagenet_colors();
  const auto colors = colors_in(text);
  if (!colors) return colors_of(read_statistics(text));
  const bool are_possible = are_within(colors->mean, 0, 1) &&
                            std::ranges::all_of(colors->shifts, [](const Rgb& s) { return are_within(s, -1, 1); });
  require(are_possible, "'{}' is no mean of images of 0..1 and three shifts of -1..1", text);
  return *colors;
}

}  // namespace resnet

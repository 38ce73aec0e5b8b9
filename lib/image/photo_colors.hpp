// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

namespace resnet {

using Rgb = std::array<double, 3>;

/// What is known of the colours of a set of photographs: its mean, and the directions in which its pixels vary.
///
/// Paper    Section 3.4: "the per-pixel mean subtracted" and "the standard color augmentation in [21]": to each pixel
///          is added P (alpha lambda), with P the eigenvectors of the covariance of the pixels' colours, and each alpha
///          drawn from N(0, 0.1) once for an image.
/// Units    Of 0..1, channels in the order R, G, B.
/// Differs  The mean is one number for each channel: one for each pixel has no meaning at other sizes, and testing has
///          many.
struct PhotoColors {
  Rgb mean{};
  /// What alpha = (1, 0, 0), (0, 1, 0) and (0, 0, 1) add to a pixel.
  std::array<Rgb, 3> shifts{};

  bool operator==(const PhotoColors&) const = default;
};

/// ImageNet's, as published with fb.resnet.torch (Facebook, 2016): mean, eigenvalues and eigenvectors.
///
/// Differs  The published numbers, which everybody uses, are taken as they are: each shift is an eigenvector times its
///          published eigenvalue, of pixels in 0..1 as it seems.
PhotoColors imagenet_colors();

/// The deviation of alpha in [21]: "a Gaussian with mean zero and standard deviation 0.1".
inline constexpr double kAlphaDeviation = 0.1;

/// The shift of the k-th image of a training run: a function of (seed, k).
Rgb color_shift(const PhotoColors& colors, std::uint64_t seed, std::int64_t k);

/// What `image_statistics` measures on a set.
///
/// Units    Of 0..1. Each image counts alike, however many pixels it has.
struct ColorStatistics {
  std::int64_t images = 0;
  Rgb mean{};
  Rgb std{};
  Rgb eigenvalues{};                  ///< Of the covariance, largest first.
  std::array<Rgb, 3> eigenvectors{};  ///< Each of length 1, its largest part above 0.
  std::string data_fingerprint;       ///< Of the set.
};

/// Averages over pixels: of one image, or of several added up and divided.
struct ColorMoments {
  Rgb first{};                  ///< The mean of each channel.
  std::array<Rgb, 3> second{};  ///< The mean of the product of each two.
};

/// Mean, deviation and covariance's axes from the averages over images of what each has.
ColorStatistics statistics_of(const ColorMoments& average, std::int64_t images);

/// Differs  [21] has the eigenvalues where here their square roots stand: so alpha = 1 is one standard deviation of the
///          pixels along that axis, whatever the units. So measured colours vary more than by ImageNet's published
///          numbers, which have no roots: on ImageNet itself 2.1, 7.3 and 15 times as much along the three axes.
PhotoColors colors_of(const ColorStatistics& statistics);

/// As JSON, written so that the file is there whole or not at all. Throws Error if it cannot be written.
void write_statistics(const std::filesystem::path& file, const ColorStatistics& statistics);

/// Throws Error if the file is none that write_statistics wrote, or has numbers that no images of 0..1 have.
ColorStatistics read_statistics(const std::filesystem::path& file);

/// `imagenet` for ImageNet's, else all the numbers: the mean and each of the shifts, between commas, with all their
/// digits.
std::string photo_colors_text(const PhotoColors& colors);

/// The value of a flag: such a text, or the file of a measurement.
///
/// Throws Error if it is neither, or for numbers that no images of 0..1 have.
PhotoColors parse_photo_colors(const std::string& text);

}  // namespace resnet

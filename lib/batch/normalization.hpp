// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace resnet {

/// What a net's images are normalised by before it sees them: (image / 255 - mean) / std.
///
/// Paper    Section 4.2: only a mean image is subtracted, so std is 1. Nets of others come with other numbers.
/// Shapes   mean float32 [3, H, W], pixel by pixel, or [3, 1, 1], one number for each channel R, G, B; std [3, 1, 1].
/// Units    Of 0..1.
struct Normalization {
  at::Tensor mean;
  at::Tensor std;

  /// Whether the mean is pixel by pixel, and so has the size of its images.
  bool has_mean_per_pixel() const { return mean.size(1) != 1 || mean.size(2) != 1; }
};

/// The mean alone, as the paper has it. Throws Error unless it is float32 [3, H, W].
Normalization subtract_mean(const at::Tensor& mean);

/// Reads a mean and a std, each three numbers of 0..1 between commas, or a name: `cifar10` (of the training images),
/// `imagenet` (the numbers that torchvision's nets are trained with), or `none`.
///
///     parse_normalization("0.485,0.456,0.406", "none")
///
/// Throws Error with Fault::kUsage for anything else, and for a std of 0.
Normalization parse_normalization(const std::string& mean, const std::string& std);

/// float32 [N, 3, H, W], channels-last, of bytes [N, 3, H, W], or of float32 levels of 0..255 that lie between them.
///
/// A mean for each pixel has no meaning at another size than its own: there its average over the pixels is taken.
///
/// Throws Error if the images are neither, or not of three channels.
at::Tensor normalized(const at::Tensor& levels, const Normalization& by);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <optional>

#include "batch/normalization.hpp"
#include "dataset/image_set.hpp"
#include "model/classifier.hpp"

namespace resnet {

/// How many of the images a net gets wrong, and in which way.
///
/// Shapes   confusion int64 [classes, classes]: how many images of the row's class were taken for the column's.
/// Units    loss_nats is the mean cross-entropy of an image.
struct Evaluation {
  std::int64_t images = 0;
  std::int64_t errors = 0;
  std::int64_t top5_errors = 0;  ///< Images whose class is not among the five of the highest scores.
  double loss_nats = 0;
  torch::Tensor confusion;

  double error_percent() const { return 100.0 * static_cast<double>(errors) / static_cast<double>(images); }
  double top5_error_percent() const { return 100.0 * static_cast<double>(top5_errors) / static_cast<double>(images); }
};

/// How many images of a batch are not given the highest score of their own class.
std::int64_t count_errors(const torch::Tensor& logits, const torch::Tensor& labels);

/// Tests the net on the single view of every image, in evaluation mode, and leaves it in the mode it was in.
///
/// Without a normalisation the net is given the bytes themselves, uint8 [N, 3, H, W]. Every image counts once, also
/// those of a partial last batch. `goes_on` is told before each batch how many images are
/// done; if it returns false, there is no evaluation.
///
/// Paper    Section 4.2: "For testing, we only evaluate the single view of the original 32x32 image".
/// Throws   Error if the net has another number of classes than the set.
std::optional<Evaluation> evaluate(Classifier& model, const ImageSet& set, const std::optional<Normalization>& input,
                                   torch::Device device, const std::function<bool(std::int64_t done)>& goes_on);

}  // namespace resnet

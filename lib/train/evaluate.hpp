// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <optional>

#include "dataset/image_set.hpp"
#include "model/classifier.hpp"

namespace resnet {

/// How many of the images a net gets wrong.
///
/// Units    loss_nats is the mean cross-entropy of an image.
struct Evaluation {
  std::int64_t images = 0;
  std::int64_t errors = 0;
  double loss_nats = 0;

  double error_percent() const { return 100.0 * static_cast<double>(errors) / static_cast<double>(images); }
};

/// How many images of a batch are not given the highest score of their own class.
std::int64_t count_errors(const torch::Tensor& logits, const torch::Tensor& labels);

/// Tests the net on the single view of every image, in evaluation mode, and leaves it in the mode it was in.
///
/// Every image counts once, also those of a partial last batch. `goes_on` is told before each batch how many images are
/// done; if it returns false, there is no evaluation.
///
/// Paper    Section 4.2: "For testing, we only evaluate the single view of the original 32x32 image".
std::optional<Evaluation> evaluate(Classifier& model, const ImageSet& set, const torch::Tensor& mean,
                                   torch::Device device, const std::function<bool(std::int64_t done)>& goes_on);

}  // namespace resnet

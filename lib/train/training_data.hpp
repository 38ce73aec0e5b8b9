// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "batch/in_pieces.hpp"
#include "batch/normalization.hpp"
#include "dataset/cifar10.hpp"
#include "train/evaluate.hpp"
#include "train/recipe.hpp"

namespace resnet {

/// What the training loop is fed with, whatever its images are.
struct TrainingData {
  std::shared_ptr<const void> stream;  ///< What `batches` looks into.
  BatchInPieces batches;
  std::int64_t epoch_images = 0;  ///< All that are trained on.
  TestImages trained;             ///< Those of them on which the trained net is tested, as it is on the others.
  TestImages evaluated;
  Normalization input;          ///< What the net sees all of them by.
  std::int64_t image_size = 0;  ///< Height and width of what it sees.
  std::string fingerprint;      ///< See data_fingerprint.hpp.
};

/// CIFAR-10's images as the recipe has them trained on and tested: padded, cropped and mirrored, less the mean of those
/// trained on.
///
/// Throws Error as split_train_validation does.
TrainingData training_data(const Recipe& recipe, const Cifar10& data);

}  // namespace resnet

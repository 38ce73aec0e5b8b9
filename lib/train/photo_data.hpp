// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "batch/photo_batch.hpp"
#include "dataset/photo_set.hpp"
#include "train/training_data.hpp"

namespace resnet {

/// Photographs to train on and to test with.
struct PhotoSource {
  Photos photos;
  BadImages bad_images = BadImages::kStop;

  std::int64_t classes() const { return static_cast<std::int64_t>(photos.train.class_names.size()); }
};

inline constexpr std::int64_t kMostTrainedTested = 50'000;  // as many as ImageNet has for validation

/// Photographs as the recipe has them trained on, and as the centre crop in testing.
///
/// A net that begins with weights of others sees them normalised as they were; else they are shown without the mean of
/// the recipe's colours.
///
/// Paper    Section 3.4; Figure 4 shows the error of the centre crop.
/// Differs  The error on the images trained on, in evaluation mode, is not in the paper. Of photographs at most
///          kMostTrainedTested are tested, evenly spaced in the set's order: all of ImageNet's would take hours, which
///          a stop would lose.
/// Throws   Error if there are no images, or as `initial_model` does of the weights that the recipe begins with.
TrainingData training_data(const Recipe& recipe, const PhotoSource& source, std::int64_t loader_threads);

}  // namespace resnet

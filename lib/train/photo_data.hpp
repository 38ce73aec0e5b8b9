// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "batch/photo_batch.hpp"
#include "dataset/photo_set.hpp"
#include "image/photo_colors.hpp"
#include "train/training_data.hpp"

namespace resnet {

/// Photographs to train on and to test with, and how they are looked at.
struct PhotoSource {
  Photos photos;
  PhotoColors colors = imagenet_colors();
  BadImages bad_images = BadImages::kStop;

  std::int64_t classes() const { return static_cast<std::int64_t>(photos.train.class_names.size()); }
};

/// Photographs as the recipe has them trained on, and as the centre crop in testing.
///
/// A net that begins with weights of others sees them normalised as they were; else they are shown without the mean of
/// the source's colours. Mean and colours are part of the fingerprint, as are the files' names and sizes, which stand
/// for what is in them.
///
/// Paper    Section 3.4; Figure 4 shows the error of the centre crop.
/// Throws   Error if there are no images, or the recipe's initial weights cannot be read.
TrainingData training_data(const Recipe& recipe, const PhotoSource& source, std::int64_t loader_threads);

}  // namespace resnet

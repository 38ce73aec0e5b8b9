// SPDX-License-Identifier: MIT
#include "dataset/split.hpp"

#include "core/error.hpp"

namespace resnet {

std::pair<ImageSet, ImageSet> split_train_validation(const ImageSet& train, std::int64_t validation_images) {
  require(validation_images > 0 && validation_images < train.size(),
          "split: {} validation images out of {}, expected 1 to {}", validation_images, train.size(), train.size() - 1);
  const auto slice = [&train](std::int64_t first, std::int64_t count) {
    return ImageSet{train.images.narrow(0, first, count), train.labels.narrow(0, first, count), train.class_names};
  };
  const std::int64_t kept = train.size() - validation_images;
  return {slice(0, kept), slice(kept, validation_images)};
}

}  // namespace resnet

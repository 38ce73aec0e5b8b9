// SPDX-License-Identifier: MIT
#include "train/training_data.hpp"

#include <tuple>

#include "batch/batch_stream.hpp"
#include "dataset/split.hpp"
#include "train/data_fingerprint.hpp"

namespace resnet {

TrainingData training_data(const Recipe& recipe, const Cifar10& data) {
  ImageSet trained = data.train;
  ImageSet evaluated = data.test;
  if (recipe.validation_images > 0) {
    std::tie(trained, evaluated) = split_train_validation(data.train, recipe.validation_images);
  }
  const at::Tensor mean = mean_image(trained);
  const auto stream = std::make_shared<BatchStream>(trained, mean, recipe.batch, recipe.padding, recipe.seed);
  const Normalization input = subtract_mean(mean);
  return {.stream = stream,
          .batches = in_pieces(*stream, recipe.batch),
          .epoch_images = trained.size(),
          .trained = test_images(trained, input),
          .evaluated = test_images(evaluated, input),
          .input = input,
          .image_size = trained.images.size(2),
          .fingerprint = data_fingerprint(trained, evaluated)};
}

}  // namespace resnet

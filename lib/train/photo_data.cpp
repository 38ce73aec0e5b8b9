// SPDX-License-Identifier: MIT
#include "train/photo_data.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "batch/photo_stream.hpp"
#include "batch/test_views.hpp"
#include "train/data_fingerprint.hpp"
#include "train/initial_weights.hpp"

namespace resnet {
namespace {

/// So many photographs of a set, or all if there are no more, evenly spaced.
PhotoSet spread_over(const PhotoSet& set, std::int64_t most) {
  PhotoSet part = set;
  const std::int64_t count = std::min(most, set.size());
  for (std::int64_t i = 0; i < count; ++i) {
    const auto to = static_cast<std::size_t>(i);
    const auto from = static_cast<std::size_t>(i * set.size() / count);
    part.files[to] = set.files[from];
    part.bytes[to] = set.bytes[from];
    part.labels[to] = set.labels[from];
  }
  part.files.resize(static_cast<std::size_t>(count));
  part.bytes.resize(static_cast<std::size_t>(count));
  part.labels.resize(static_cast<std::size_t>(count));
  return part;
}

/// What the functions of a TrainingData look into.
struct Sets {
  Sets(const Photos& photos, const PhotoTraining& training)
      : trained(spread_over(photos.train, kMostTrainedTested)),
        evaluated(photos.validation),
        stream(photos.train, training) {}

  PhotoSet trained;
  PhotoSet evaluated;
  PhotoStream stream;
};

std::optional<PhotoColors> shifts_of(const PhotoRecipe& recipe) {
  if (recipe.color_deviation == 0) return std::nullopt;
  PhotoColors colors = recipe.colors;
  for (Rgb& shift : colors.shifts) {
    for (double& channel : shift) channel *= recipe.color_deviation / kAlphaDeviation;
  }
  return colors;
}

}  // namespace

TrainingData training_data(const Recipe& recipe, const PhotoSource& source, std::int64_t loader_threads) {
  const Normalization input =
      recipe.initial_weights.empty() ? subtract_mean(recipe.photos.colors) : initial_model(recipe).input;
  const PhotoTraining training{.sizes = recipe.photos.sizes,
                               .input = input,
                               .colors = shifts_of(recipe.photos),
                               .batch = recipe.batch,
                               .seed = recipe.seed,
                               .bad_images = source.bad_images};
  const PhotoTesting testing{recipe.photos.sizes, input, source.bad_images};
  const auto sets = std::make_shared<Sets>(source.photos, training);
  return {.stream = sets,
          .batches = in_pieces(sets->stream, recipe.micro_batch == 0 ? recipe.batch : recipe.micro_batch),
          .epoch_images = source.photos.train.size(),
          .trained = test_images(sets->trained, testing, TestView::kCenter, loader_threads),
          .evaluated = test_images(sets->evaluated, testing, TestView::kCenter, loader_threads),
          .input = input,
          .image_size = recipe.photos.sizes.crop,
          .fingerprint = data_fingerprint(source.photos)};
}

}  // namespace resnet

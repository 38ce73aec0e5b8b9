// SPDX-License-Identifier: MIT
#include "train/photo_data.hpp"

#include <fmt/ranges.h>

#include <memory>
#include <optional>
#include <utility>

#include "batch/photo_stream.hpp"
#include "batch/test_views.hpp"
#include "core/seed.hpp"
#include "exchange/trained_model.hpp"

namespace resnet {
namespace {

constexpr double kPublishedDeviation = 0.1;  // what the shifts of PhotoColors are multiplied by

/// What the functions of a TrainingData look into.
struct Sets {
  Sets(const Photos& all, const PhotoTraining& training) : photos(all), stream(all.train, training) {}

  Photos photos;
  PhotoStream stream;
};

std::optional<PhotoColors> shifts_of(const Recipe& recipe, PhotoColors colors) {
  if (recipe.photos.color_deviation == 0) return std::nullopt;
  for (Rgb& shift : colors.shifts) {
    for (double& channel : shift) channel *= recipe.photos.color_deviation / kPublishedDeviation;
  }
  return colors;
}

std::string fingerprint_of(const PhotoSource& source) {
  const PhotoColors& colors = source.colors;
  const std::string trained = fmt::format("{} {} {}", fingerprint(source.photos.train), fmt::join(colors.mean, " "),
                                          fmt::join(colors.shifts, " "));
  return fmt::format("{:016x}-{}", hash_of(trained), fingerprint(source.photos.validation));
}

}  // namespace

TrainingData training_data(const Recipe& recipe, const PhotoSource& source, std::int64_t loader_threads) {
  const Normalization input =
      recipe.initial_weights.empty() ? subtract_mean(source.colors) : load_trained_model(recipe.initial_weights).input;
  const PhotoTraining training{.sizes = recipe.photos.sizes,
                               .input = input,
                               .colors = shifts_of(recipe, source.colors),
                               .batch = recipe.batch,
                               .seed = recipe.seed,
                               .bad_images = source.bad_images};
  const PhotoTesting testing{recipe.photos.sizes, input, source.bad_images};
  const auto sets = std::make_shared<Sets>(source.photos, training);
  return {.stream = sets,
          .batches = in_pieces(sets->stream, recipe.micro_batch == 0 ? recipe.batch : recipe.micro_batch),
          .trained = test_images(sets->photos.train, testing, TestView::kCenter, loader_threads),
          .evaluated = test_images(sets->photos.validation, testing, TestView::kCenter, loader_threads),
          .input = input,
          .image_size = recipe.photos.sizes.crop,
          .fingerprint = fingerprint_of(source)};
}

}  // namespace resnet

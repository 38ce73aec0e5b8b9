// SPDX-License-Identifier: MIT
// What the training loop is fed with: whose images, seen by what.
#include "train/training_data.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "support/catch.hpp"
#include "train/photo_data.hpp"
#include "unit/batch/image_sets.hpp"
#include "unit/batch/photo_folder.hpp"

namespace resnet {
namespace {

std::vector<std::int64_t> labels_of(const Batch& batch) {
  const auto* labels = batch.labels.const_data_ptr<std::int64_t>();
  return {labels, labels + batch.labels.numel()};
}

TEST_CASE("held-out images are neither trained on nor part of the mean (Section 4.2: 45k/5k)") {
  const Cifar10 data{indexed_images(40, 6, 6), indexed_images(10, 6, 6)};  // each with its index as label
  Recipe recipe;
  recipe.batch = 8;
  recipe.validation_images = 8;
  const TrainingData fed = training_data(recipe, data);

  ImageSet first;
  first.images = data.train.images.narrow(0, 0, 32);
  first.labels = data.train.labels.narrow(0, 0, 32);
  CHECK(at::equal(fed.input.mean, mean_image(first)));
  std::multiset<std::int64_t> trained_on;
  for (std::int64_t step = 0; step < 4; ++step) {
    const Batch batch = make_now(fed.batches.making, step);
    for (std::int64_t i = 0; i < 8; ++i) {
      const std::int64_t label = batch.labels[i].item<std::int64_t>();
      trained_on.insert(label);
      // Not padded, it is the image itself or its mirror.
      const at::Tensor image = data.train.images[label].to(at::kFloat) / 255 - fed.input.mean;
      const at::Tensor mirrored = (data.train.images[label].to(at::kFloat) / 255 - fed.input.mean).flip({2});
      CHECK((at::allclose(batch.images[i], image) || at::allclose(batch.images[i], mirrored)));
    }
  }
  CHECK(trained_on.size() == 32);
  CHECK(std::set<std::int64_t>(trained_on.begin(), trained_on.end()).size() == 32);
  CHECK(*trained_on.rbegin() == 31);

  CHECK(fed.epoch_images == 32);
  CHECK(fed.trained.images == 32);
  CHECK(labels_of(make_now(fed.trained.making, 0)).front() == 0);
  CHECK(fed.evaluated.images == 8);
  CHECK(labels_of(make_now(fed.evaluated.making, 0)) == std::vector<std::int64_t>{32, 33, 34, 35, 36, 37, 38, 39});
}

TEST_CASE("photographs are trained on by the recipe's sizes, seed, mean and deviation of colours") {
  const PhotoFolder folder;
  PhotoSource source;
  source.photos.train = folder.set();
  source.photos.validation = folder.set();
  Recipe recipe;
  recipe.batch = 8;
  recipe.micro_batch = 4;
  recipe.seed = 3;
  recipe.photos.sizes = photo_sizes(32);
  recipe.photos.colors = imagenet_colors();
  recipe.photos.color_deviation = GENERATE(0.0, 0.1, 0.2);
  CAPTURE(recipe.photos.color_deviation);
  const TrainingData fed = training_data(recipe, source, /*loader_threads=*/0);

  // The deviation is that of alpha, which [21] has at 0.1: twice as much shifts colours twice as far.
  PhotoTraining training{.sizes = photo_sizes(32),
                         .input = parse_normalization("0.485,0.456,0.406", "none"),
                         .colors = imagenet_colors(),
                         .batch = 8,
                         .seed = 3};
  for (Rgb& shift : training.colors->shifts) {
    for (double& channel : shift) channel *= recipe.photos.color_deviation / 0.1;
  }
  const PhotoStream stream(folder.set(), training);
  const Batch whole = make_now(in_pieces(stream, 8).making, 1);
  REQUIRE(fed.batches.pieces == 2);
  for (std::int64_t piece = 0; piece < 2; ++piece) {
    const Batch seen = make_now(fed.batches.making, 2 + piece);
    CHECK(at::allclose(seen.images, whole.images.narrow(0, 4 * piece, 4), 1e-5, 1e-5));
    CHECK(at::equal(seen.labels, whole.labels.narrow(0, 4 * piece, 4)));
  }
}

}  // namespace
}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "paper/recipe.hpp"

#include <algorithm>

namespace resnet::paper {

Recipe cifar_recipe(const ModelSpec& model, std::uint64_t seed) {
  Recipe recipe;
  recipe.model = model;
  recipe.seed = seed;
  recipe.batch = 128;                    // Section 4.2: "a mini-batch size of 128"
  recipe.learning_rate = 0.1;            // "We start with a learning rate of 0.1,
  recipe.milestones = {32'000, 48'000};  //  divide it by 10 at 32k and 48k iterations,
  recipe.iterations = 64'000;            //  and terminate training at 64k iterations"
  recipe.weight_decay = 1e-4;            // "a weight decay of 0.0001
  recipe.momentum = 0.9;                 //  and momentum of 0.9"
  recipe.padding = 4;                    // "4 pixels are padded on each side"
  recipe.evaluate_every = 500;           // not in the paper: close enough for its curves
  if (model.depth >= kWarmupDepth) {
    recipe.warmup_rate = 0.01;         // "So we use 0.01 to warm up the training
    recipe.warmup_error_percent = 80;  //  until the training error is below 80%"
  }
  return recipe;
}

Recipe synthetic_recipe(const ModelSpec& model, std::uint64_t seed) {
  Recipe recipe = cifar_recipe(model, seed);
  recipe.data = DataSource::kSynthetic;
  recipe.batch = 8;
  recipe.milestones = {6, 9};
  recipe.iterations = 12;
  recipe.evaluate_every = 4;
  return recipe;
}

Recipe imagenet_recipe(const ModelSpec& model, std::uint64_t seed, std::int64_t image_size) {
  Recipe recipe;
  recipe.model = model;
  recipe.data = DataSource::kPhotos;
  recipe.seed = seed;
  recipe.batch = 256;           // Section 3.4: "a mini-batch size of 256.
  recipe.learning_rate = 0.1;   //  The learning rate starts from 0.1 and is divided by 10 when the error plateaus,
  recipe.iterations = 600'000;  //  and the models are trained for up to 60 x 10^4 iterations.
  recipe.weight_decay = 1e-4;   //  We use a weight decay of 0.0001
  recipe.momentum = 0.9;        //  and a momentum of 0.9"
  recipe.micro_batch = 32;      // not in the paper, nor what follows
  recipe.evaluate_every = 5'000;
  recipe.plateau = {.checks = 8, .gain_points = 0.2, .most_drops = 3};
  recipe.statistics_batches = model.design == Design::kVgg ? 0 : 50;  // VGG's nets have no batch norm
  recipe.photos.sizes = photo_sizes(image_size);  // "the image is resized with its shorter side randomly sampled in
                                                  //  [256, 480] for scale augmentation. A 224x224 crop is sampled"
  recipe.photos.colors = imagenet_colors();
  recipe.photos.color_deviation = 0.1;  // "The standard color augmentation in [21] is used"
  return recipe;
}

Recipe synthetic_imagenet_recipe(const ModelSpec& model, std::uint64_t seed) {
  Recipe recipe = imagenet_recipe(model, seed, /*image_size=*/32);
  recipe.data = DataSource::kSynthetic;
  recipe.batch = 8;
  recipe.micro_batch = 4;
  recipe.iterations = 12;
  recipe.evaluate_every = 2;
  recipe.plateau = {.checks = 2, .gain_points = 0.2, .most_drops = 3};
  recipe.statistics_batches = std::min<std::int64_t>(recipe.statistics_batches, 2);
  return recipe;
}

}  // namespace resnet::paper

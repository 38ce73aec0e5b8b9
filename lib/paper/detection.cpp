// SPDX-License-Identifier: MIT
#include "paper/detection.hpp"

namespace resnet::paper {
namespace {

DetectorRecipe recipe_for(const ModelSpec& net, std::int64_t classes, std::uint64_t seed) {
  DetectorRecipe recipe;
  recipe.detector.body = net;
  recipe.detector.body.classes = classes + 1;  // and the background
  recipe.seed = seed;
  recipe.learning_rate = 0.001;  // references [7] and [32]
  recipe.momentum = 0.9;
  recipe.weight_decay = 0.0005;
  return recipe;
}

}  // namespace

DetectorRecipe voc_recipe(const ModelSpec& net, std::int64_t classes, std::uint64_t seed) {
  DetectorRecipe recipe = recipe_for(net, classes, seed);
  recipe.batch = 2;
  recipe.iterations = 110'000;
  recipe.milestones = {80'000};
  return recipe;
}

DetectorRecipe coco_recipe(const ModelSpec& net, std::int64_t classes, std::uint64_t seed) {
  DetectorRecipe recipe = recipe_for(net, classes, seed);
  recipe.detector.anchors.sides = {64, 128, 256, 512};
  recipe.batch = 8;
  recipe.iterations = 320'000;
  recipe.milestones = {240'000};
  return recipe;
}

}  // namespace resnet::paper

// SPDX-License-Identifier: MIT
#include "train/learning_rate.hpp"

#include "paper/recipe.hpp"
#include "support/catch.hpp"

using resnet::ends_warmup;
using resnet::Fraction;
using resnet::parse_model_name;
using resnet::rate_at;
using resnet::Recipe;

namespace {

Recipe recipe_of(const char* model, Fraction schedule = {}) {
  Recipe recipe = resnet::paper::cifar_recipe(parse_model_name(model), 0);
  recipe.schedule = schedule;
  return recipe;
}

}  // namespace

TEST_CASE("the rate is 0.1, divided by 10 at 32k and 48k iterations (Section 4.2)") {
  const Recipe recipe = recipe_of("resnet56");
  CHECK(rate_at(recipe, 0, {}) == 0.1);
  CHECK(rate_at(recipe, 31'999, {}) == 0.1);
  CHECK(rate_at(recipe, 32'000, {}) == 0.01);
  CHECK(rate_at(recipe, 47'999, {}) == 0.01);
  CHECK(rate_at(recipe, 48'000, {}) == 0.001);
  CHECK(rate_at(recipe, 63'999, {}) == 0.001);
}

TEST_CASE("a schedule moves the drops of the rate") {
  const Recipe recipe = recipe_of("plain20", {1, 64});
  CHECK(rate_at(recipe, 499, {}) == 0.1);
  CHECK(rate_at(recipe, 500, {}) == 0.01);
  CHECK(rate_at(recipe, 749, {}) == 0.01);
  CHECK(rate_at(recipe, 750, {}) == 0.001);
}

TEST_CASE("110 layers and more warm up at 0.01 until the warm-up is over, then start at 0.1 (Section 4.2)") {
  for (const char* model : {"resnet110", "resnet1202", "plain110"}) {
    const Recipe recipe = recipe_of(model);
    CHECK(rate_at(recipe, 0, {}) == 0.01);
    CHECK(rate_at(recipe, 5'000, {}) == 0.01);
    CHECK(rate_at(recipe, 399, 400) == 0.01);
    CHECK(rate_at(recipe, 400, 400) == 0.1);
    CHECK(rate_at(recipe, 31'999, 400) == 0.1);
    CHECK(rate_at(recipe, 32'000, 400) == 0.01);
  }
}

TEST_CASE("a net of 56 layers does not warm up") { CHECK(rate_at(recipe_of("resnet56"), 0, {}) == 0.1); }

TEST_CASE("a warm-up that never ends does not raise the rate after a drop") {
  const Recipe recipe = recipe_of("plain110");
  CHECK(rate_at(recipe, 33'000, {}) == 0.01);
  CHECK(rate_at(recipe, 50'000, {}) == 0.001);
}

TEST_CASE("the warm-up ends when the mean error of the last 100 batches is below 80 %") {
  const Recipe recipe = recipe_of("resnet110");
  std::vector<double> errors(99, 10.0);
  CHECK_FALSE(ends_warmup(recipe, errors));  // not yet 100 of them
  errors.assign(100, 80.0);
  CHECK_FALSE(ends_warmup(recipe, errors));
  errors.back() = 79.0;
  CHECK(ends_warmup(recipe, errors));
  errors.assign(300, 10.0);
  errors.insert(errors.end(), 100, 90.0);  // only the last 100 count
  CHECK_FALSE(ends_warmup(recipe, errors));
}

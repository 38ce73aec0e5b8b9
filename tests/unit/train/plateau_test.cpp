// SPDX-License-Identifier: MIT
// When the error plateaus (Section 3.4).
#include "train/plateau.hpp"

#include <limits>
#include <vector>

#include "paper/recipe.hpp"
#include "support/catch.hpp"
#include "train/learning_rate.hpp"

using resnet::plateau_drops;

namespace {

constexpr resnet::PlateauRule kRule = {.checks = 3, .gain_points = 0.2, .most_drops = 2};

std::int64_t drops_after(const std::vector<double>& errors) { return plateau_drops(kRule, errors); }

}  // namespace

TEST_CASE("the rate drops at the last of so many checks without a gain, and not before") {
  CHECK(drops_after({}) == 0);
  CHECK(drops_after({50}) == 0);
  CHECK(drops_after({50, 50, 50}) == 0);
  CHECK(drops_after({50, 50, 50, 50}) == 1);
  CHECK(drops_after({50, 51, 52, 49.81}) == 1);  // below the best by less than the gain
}

TEST_CASE("an error lower by just the gain is one, and the checks are counted anew") {
  CHECK(drops_after({50, 50, 50, 49.8}) == 0);
  CHECK(drops_after({50, 50, 50, 49.8, 49.8, 49.8}) == 0);
  CHECK(drops_after({50, 50, 50, 49.8, 49.8, 49.8, 49.8}) == 1);
}

TEST_CASE("small gains add up, as they are held against the error of the last gain") {
  CHECK(drops_after({50, 49.9, 49.8, 49.7, 49.6, 49.5, 49.4}) == 0);
  CHECK(drops_after({50, 49.95, 49.9, 49.85}) == 1);
}

TEST_CASE("the checks are counted anew after a drop, and the rate drops no more than so often") {
  CHECK(drops_after({50, 50, 50, 50, 50, 50}) == 1);
  CHECK(drops_after({50, 50, 50, 50, 50, 50, 50}) == 2);
  CHECK(drops_after(std::vector<double>(100, 50)) == 2);
}

TEST_CASE("a higher error than the best is no gain, also right after a drop") {
  CHECK(drops_after({50, 60, 59, 58, 57, 56, 55}) == 2);
}

TEST_CASE("an error that is not a number is no gain") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(drops_after({50, nan, nan, nan}) == 1);
}

TEST_CASE("without a rule the rate never drops") { CHECK(plateau_drops({}, std::vector<double>(100, 50)) == 0); }

TEST_CASE("each drop of the plateau divides the rate by 10 from the next step on, whatever the step") {
  resnet::Recipe recipe;
  recipe.learning_rate = 0.1;
  recipe.iterations = 100;
  CHECK(resnet::rate_at(recipe, 50, {}, 0) == 0.1);
  CHECK(resnet::rate_at(recipe, 50, {}, 1) == 0.01);
  CHECK(resnet::rate_at(recipe, 99, {}, 3) == Approx(0.0001).epsilon(1e-12));
}

// SPDX-License-Identifier: MIT
#include "train/recipe.hpp"

#include <set>

#include "core/error.hpp"
#include "paper/recipe.hpp"
#include "support/catch.hpp"

using resnet::Fraction;
using resnet::parse_model_name;
using resnet::Recipe;
using resnet::run_id;

namespace {

Recipe recipe_of(const char* model) { return resnet::paper::cifar_recipe(parse_model_name(model), 0); }

}  // namespace

TEST_CASE("the recipe of the paper (Section 4.2)") {
  const Recipe recipe = recipe_of("resnet20");
  CHECK(recipe.batch == 128);
  CHECK(recipe.iterations == 64'000);
  CHECK(recipe.milestones == std::vector<std::int64_t>{32'000, 48'000});
  CHECK(recipe.weight_decay == 0.0001);
  CHECK(recipe.momentum == 0.9);
  CHECK(recipe.padding == 4);
  CHECK(recipe.validation_images == 0);
}

TEST_CASE("a schedule multiplies every iteration count, also by more than 1") {
  Recipe recipe = recipe_of("resnet20");
  recipe.schedule = Fraction(1, 4);
  CHECK(resnet::scheduled_iterations(recipe) == 16'000);
  CHECK(resnet::scheduled_milestones(recipe) == std::vector<std::int64_t>{8'000, 12'000});
  CHECK(resnet::scheduled_evaluation_interval(recipe) == 125);
  recipe.schedule = Fraction(2, 1);
  CHECK(resnet::scheduled_iterations(recipe) == 128'000);
  CHECK(resnet::scheduled_evaluation_interval(recipe) == 1'000);
}

TEST_CASE("the test error is measured every 500 iterations and after the last one") {
  Recipe recipe = recipe_of("resnet20");
  CHECK_FALSE(resnet::is_evaluated_after(recipe, 0));
  CHECK_FALSE(resnet::is_evaluated_after(recipe, 499));
  CHECK(resnet::is_evaluated_after(recipe, 500));
  CHECK(resnet::is_evaluated_after(recipe, 64'000));
  recipe.iterations = 1'234;
  recipe.milestones = {};
  CHECK(resnet::is_evaluated_after(recipe, 1'234));
}

TEST_CASE("a very short schedule does not test more often than every 100 iterations, unless asked to") {
  Recipe recipe = recipe_of("resnet20");
  recipe.schedule = Fraction(1, 64);
  CHECK(resnet::scheduled_evaluation_interval(recipe) == 100);
  recipe.evaluate_every = 1;
  CHECK(resnet::scheduled_evaluation_interval(recipe) == 1);
}

TEST_CASE("a run's id changes with everything that decides its numbers") {
  const Recipe base = recipe_of("resnet20");
  const auto changed = [&](auto change) {
    Recipe recipe = base;
    change(recipe);
    return run_id(recipe);
  };
  const std::vector<std::string> ids = {
      run_id(base),
      changed([](Recipe& r) { r.seed = 1; }),
      changed([](Recipe& r) { r.schedule = Fraction(1, 64); }),
      changed([](Recipe& r) { r.batch = 64; }),
      changed([](Recipe& r) { r.model.depth = 56; }),
      changed([](Recipe& r) { r.model.family = resnet::Family::kPlain; }),
      changed([](Recipe& r) { r.model.shortcut = resnet::parse_shortcut("B"); }),
      changed([](Recipe& r) { r.model.shortcut_padding = resnet::ShortcutPadding::kSymmetric; }),
      changed([](Recipe& r) { r.model.bn_batch = 64; }),
      changed([](Recipe& r) { r.precision = resnet::Precision::kBFloat16; }),
      changed([](Recipe& r) { r.kernels = resnet::Kernels::kEager; }),
      changed([](Recipe& r) { r.learning_rate = 0.05; }),
      changed([](Recipe& r) { r.weight_decay = 0; }),
      changed([](Recipe& r) { r.momentum = 0; }),
      changed([](Recipe& r) { r.milestones = {1}; }),
      changed([](Recipe& r) { r.iterations = 100'000; }),
      changed([](Recipe& r) { r.evaluate_every = 100; }),
      changed([](Recipe& r) { r.warmup_rate = 0.01; }),
      changed([](Recipe& r) { r.warmup_error_percent = 70; }),
      changed([](Recipe& r) { r.padding = 2; }),
      changed([](Recipe& r) { r.validation_images = 5'000; }),
      changed([](Recipe& r) { r.data = resnet::DataSource::kSynthetic; })};
  const std::set<std::string> distinct(ids.begin(), ids.end());
  CHECK(distinct.size() == ids.size());
}

TEST_CASE("two ways to write a schedule are one run") {
  Recipe a = recipe_of("resnet20");
  Recipe b = a;
  a.schedule = Fraction::parse("1/4");
  b.schedule = Fraction::parse("0.25");
  CHECK(run_id(a) == run_id(b));
}

TEST_CASE("a recipe that cannot be trained blames the command line") {
  Recipe recipe = recipe_of("resnet20");
  recipe.milestones = {48'000, 32'000};
  CHECK_THROWS_AS(resnet::check_recipe(recipe), resnet::Error);
  recipe.milestones = {32'000, 32'000};
  CHECK_THROWS_AS(resnet::check_recipe(recipe), resnet::Error);
  recipe.milestones = {70'000};
  CHECK_THROWS_AS(resnet::check_recipe(recipe), resnet::Error);
  recipe.milestones = {32'000};
  CHECK_NOTHROW(resnet::check_recipe(recipe));
  recipe.model.bn_batch = 50;
  CHECK_THROWS_AS(resnet::check_recipe(recipe), resnet::Error);
  recipe.model.bn_batch = 64;
  CHECK_NOTHROW(resnet::check_recipe(recipe));
  recipe.warmup_rate = 0.01;
  CHECK_THROWS_WITH(resnet::check_recipe(recipe), Catch::Contains("--warmup-error") && Catch::Contains("never"));
  recipe.warmup_error_percent = 80;
  CHECK_NOTHROW(resnet::check_recipe(recipe));
}

TEST_CASE("the id of the paper's recipe does not change from version to version") {
  Recipe recipe = recipe_of("resnet20");
  recipe.schedule = Fraction(1, 4);
  CHECK(run_id(recipe) == "resnet20-1_4-seed0-d3d9bb8f");  // the folders of finished runs bear these names
  recipe = recipe_of("plain56");
  recipe.schedule = Fraction(1, 64);
  CHECK(run_id(recipe) == "plain56-1_64-seed0-1ef77289");
  recipe = recipe_of("resnet20");
  recipe.precision = resnet::Precision::kBFloat16;
  CHECK(run_id(recipe) == "resnet20-1-seed0-b0cb3331");
  recipe = recipe_of("resnet110");
  recipe.precision = resnet::Precision::kBFloat16;
  recipe.schedule = Fraction(1, 4);
  CHECK(run_id(recipe) == "resnet110-1_4-seed0-c72ee039");
  recipe = recipe_of("resnet20");
  recipe.kernels = resnet::Kernels::kEager;
  recipe.schedule = Fraction(1, 8);
  recipe.evaluate_every = 8'000;
  CHECK(run_id(recipe) == "resnet20-1_8-seed0-94d32375");
}

TEST_CASE("a recipe.ini says in its comment what the schedule makes of the rate") {
  Recipe recipe = recipe_of("plain20");
  recipe.schedule = Fraction(1, 64);
  CHECK_THAT(resnet::recipe_ini(recipe), Catch::Contains("1000 iterations, rate divided by 10 after 500 and 750, test "
                                                         "error every 100."));
  CHECK_THAT(resnet::recipe_ini(recipe), !Catch::Contains("shortcut"));  // a plain net has none
  recipe.milestones = {};
  CHECK_THAT(resnet::recipe_ini(recipe), Catch::Contains("1000 iterations, rate never divided, test error every 100."));
}

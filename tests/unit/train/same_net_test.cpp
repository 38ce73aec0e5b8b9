// SPDX-License-Identifier: MIT
// Which net's weights a training may begin with.
#include "core/error.hpp"
#include "exchange/trained_model.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "support/made_up_model.hpp"
#include "support/temp_folder.hpp"
#include "train/initial_weights.hpp"

TEST_CASE("weights of a net that differs in its padding alone are refused, and the message tells the two apart") {
  const TempFolder folder;
  resnet::Recipe recipe;
  recipe.model = {.depth = 8};
  recipe.initial_weights = folder.path() / "weights.safetensors";
  resnet::ModelSpec other = recipe.model;
  other.shortcut_padding = resnet::ShortcutPadding::kSymmetric;
  resnet::save_trained_model(recipe.initial_weights, made_up_model(other));
  recipe.initial_weights_hash = resnet::weights_hash(recipe.initial_weights);
  const auto model = resnet::make_model(recipe.model, /*seed=*/0);
  CHECK_THROWS_WITH(resnet::begin_with_weights(*model, recipe, {}),
                    Catch::Contains("is of resnet8, shortcuts: A, padding: symmetric, ") &&
                        Catch::Contains("to be trained is resnet8, shortcuts: A, padding: end; "));
}

// SPDX-License-Identifier: MIT
// What --initial-weights may name, so that a recipe.ini names it too.
#include "core/error.hpp"
#include "core/file.hpp"
#include "experiment/run_flags.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

/// The recipe of a net that begins with these weights; nobody opens its photographs.
Recipe recipe_with(const std::vector<std::string>& words) {
  Options options("train", "");
  add_recipe_flags(options);
  add_run_flags(options);
  std::vector<const char*> arguments = {"train", "--model", "resnet18", "--batch", "8"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  options.parse(static_cast<int>(arguments.size()), arguments.data());
  PhotoSource source;
  source.photos.train.labels.assign(60, 0);
  source.photos.train.files.assign(60, "a.jpg");
  source.photos.train.class_names = {"a", "b"};
  return recipe_from(options, &source);
}

Recipe recipe_beginning_with(const std::string& weights) {
  return recipe_with({"--initial-weights", weights, "--initial-weights-hash", "0123456789abcdef"});
}

TEST_CASE("a path of initial weights that no recipe.ini can hold is refused before the training") {
  for (const char* weights : {"/nets/#1/w", "/nets/a\nb", "/nets/a\tb", "/nets/\x7f", "/nets/a "}) {
    CAPTURE(weights);
    try {
      recipe_beginning_with(weights);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::kUsage);
      CHECK_THAT(std::string(error.what()),
                 Catch::StartsWith("--initial-weights: '/nets/") && Catch::Contains("rename it"));
    }
  }
}

TEST_CASE("every other path of initial weights is in the recipe.ini as it is") {
  const TempFolder folder;
  const std::string ini = (folder.path() / "recipe.ini").string();
  for (const std::string weights : {"/a b/w", "/a=b;c/[w]", "/\"w\"", "/caf\xc3\xa9/w", "/caf\xe9/w", "/a\\b"}) {
    CAPTURE(weights);
    const Recipe recipe = recipe_beginning_with(weights);
    CHECK(recipe.initial_weights == weights);
    write_atomically(ini, recipe_ini(recipe));
    const Recipe again = recipe_with({"--config", ini});
    CHECK(again.initial_weights == weights);
    CHECK(run_id(again) == run_id(recipe));
  }
}

}  // namespace
}  // namespace resnet

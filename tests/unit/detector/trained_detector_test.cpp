// SPDX-License-Identifier: MIT
#include "detector/trained_detector.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "detector/detector_recipe.hpp"
#include "exchange/safetensors.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace resnet;
using Catch::Contains;

namespace {

DetectorSpec small_spec() {
  DetectorSpec spec;
  spec.body = parse_model_name("resnet18");
  spec.body.shortcut = Shortcut::kProjectionWhereNeeded;
  spec.body.classes = 3;
  spec.anchors = {{24, 48.5}, {1, 2}};
  return spec;
}

DetectorRecipe recipe() {
  DetectorRecipe recipe;
  recipe.detector = small_spec();
  recipe.iterations = 100;
  recipe.milestones = {50, 80};
  recipe.learning_rate = 0.01;
  return recipe;
}

}  // namespace

TEST_CASE("a detector's file gives back the net and all that belongs to it") {
  const TempFolder folder;
  const TrainedDetector saved{make_detector(small_spec(), 3),
                              parse_normalization("imagenet", "imagenet"),
                              {300, 500},
                              {"cat", "dog"},
                              "seed = 3\n"};
  save_trained_detector(folder.path() / "weights.safetensors", saved);
  const TrainedDetector read = load_trained_detector(folder.path());
  CHECK(read.net->spec() == saved.net->spec());
  CHECK(read.sizes == saved.sizes);
  CHECK(read.class_names == saved.class_names);
  CHECK(read.recipe == saved.recipe);
  CHECK(torch::equal(read.input.mean, saved.input.mean));
  for (const auto& item : saved.net->named_parameters()) {
    CHECK(torch::equal(read.net->named_parameters()[item.key()], item.value()));
  }
}

TEST_CASE("a file that is no detector's, or is broken, is refused with its name") {
  const TempFolder folder;
  const auto path = folder.path() / "weights.safetensors";
  CHECK_THROWS_WITH(load_trained_detector(folder.path()), Contains("is not there"));
  save_trained_detector(path,
                        {make_detector(small_spec(), 3), parse_normalization("none", "none"), {}, {"a", "b"}, ""});
  TensorFile file = load_safetensors(path);
  const auto refuses = [&](const char* key, const std::string& value, const char* message) {
    TensorFile broken = file;
    broken.metadata[key] = value;
    save_safetensors(path, broken);
    CAPTURE(key, value);
    CHECK_THROWS_WITH(load_trained_detector(path), Contains(message) && Contains("weights.safetensors"));
  };
  for (const char* text : {"24,x", "24,", ""}) refuses("anchor_sides", text, "expected numbers between commas");
  for (const char* text : {"24,1e9", "24,nan"}) refuses("anchor_sides", text, "from 1 to 10000");
  refuses("anchor_sides", "24", "is this file of another net");
  refuses("image_sides", "600", "no shorter and longest side");
  for (const char* text : {"600,1e300", "nan,600", "600,nan"})
    refuses("image_sides", text, "no shorter and longest side");
  refuses("classes", "a\nb\nc", "names 3 classes, and its last layer is of others");
  refuses("classes", "a\n\x1b[2J", "weights.safetensors");
  refuses("classes", "a\n\nb", "its 'classes': line 2: is empty");
  refuses("classes", "", "names no class");
  refuses("mean", "3x1x1: nan 0 0", "normalisation is missing or broken");
  refuses("model", "resnet20", "32 x 32");
  TensorFile broken = file;
  for (auto& [name, tensor] : broken.tensors) {
    if (name == "rpn.bias") tensor = tensor.clone().fill_(NAN);
  }
  save_safetensors(path, broken);
  CHECK_THROWS_WITH(load_trained_detector(path), Contains("no finite numbers"));
  file.metadata.erase("anchor_ratios");
  save_safetensors(path, file);
  CHECK_THROWS_WITH(load_trained_detector(path), Contains("is no detector's"));
}

TEST_CASE("a detector's rate is divided by 10 at each milestone, and the schedule moves them") {
  DetectorRecipe r = recipe();
  CHECK(rate_at(r, 0) == 0.01);
  CHECK(rate_at(r, 49) == 0.01);
  CHECK(rate_at(r, 50) == Approx(0.001));
  CHECK(rate_at(r, 80) == Approx(0.0001));
  r.schedule = Fraction(1, 10);
  CHECK(scheduled_iterations(r) == 10);
  CHECK(rate_at(r, 5) == Approx(0.001));
}

TEST_CASE("another recipe or other data is another folder") {
  const DetectorRecipe r = recipe();
  CHECK(run_id(r, "1").starts_with("resnet18-1-seed0-"));
  CHECK(run_id(r, "1") != run_id(r, "2"));
  DetectorRecipe other = r;
  other.detector.anchors.sides = {24};
  CHECK(run_id(r, "1") != run_id(other, "1"));
  other = r;
  other.sizes.shorter = 500;
  CHECK(run_id(r, "1") != run_id(other, "1"));
}

TEST_CASE("a recipe that cannot be trained is refused") {
  DetectorRecipe r = recipe();
  check_recipe(r);
  r.milestones = {80, 50};
  CHECK_THROWS_WITH(check_recipe(r), Contains("--milestones"));
  r.milestones = {101};
  CHECK_THROWS_WITH(check_recipe(r), Contains("--milestones"));
  r = recipe();
  r.sizes.longest = 100;
  CHECK_THROWS_WITH(check_recipe(r), Contains("--longest-side"));
  r = recipe();
  r.detector.anchors.ratios = {0};
  CHECK_THROWS_WITH(check_recipe(r), Contains("--anchor-ratios: anchors: a ratio is not"));
  r = recipe();
  r.detector.anchors.sides = {0};
  CHECK_THROWS_WITH(check_recipe(r), Contains("--anchor-sides: anchors: a side is not"));
  r.detector.anchors.sides = {8, 15};
  CHECK_THROWS_WITH(check_recipe(r), Contains("--anchor-sides: all are below 16 pixels"));
  r.detector.anchors.sides = {8, 16};
  CHECK_NOTHROW(check_recipe(r));
  r = recipe();
  r.detector.body = parse_model_name("resnet20");
  CHECK_THROWS_WITH(check_recipe(r), Contains("--model: ") && Contains("32 x 32"));
}

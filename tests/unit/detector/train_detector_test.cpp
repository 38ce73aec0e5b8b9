// SPDX-License-Identifier: MIT
#include "detector/train_detector.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/file.hpp"
#include "detector/trained_detector.hpp"
#include "support/bmp_bytes.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace resnet;

namespace {

/// Photographs with a square each, as far from the left side as given.
AnnotatedPhotos squares(const std::filesystem::path& folder, const std::vector<int>& lefts = {0, 10, 20}) {
  AnnotatedPhotos photos;
  photos.set.class_names = {"square"};
  for (std::size_t i = 0; i < lefts.size(); ++i) {
    const int left = lefts[i];
    const auto pixel = [&](int y, int x) -> std::array<std::uint8_t, 3> {
      if (y >= 8 && y < 32 && x >= left && x < left + 24) return {200, 60, 60};
      return {90, 90, 90};
    };
    photos.files.push_back(folder / (std::to_string(i) + ".bmp"));
    write_atomically(photos.files.back(), bmp_bytes(48, 64, pixel));
    photos.set.images.push_back(std::to_string(i));
    const Box box{static_cast<double>(left), 8, 24, 24};
    photos.set.objects.push_back({.image = i, .label = 0, .box = box, .area = box.area()});
  }
  return photos;
}

DetectorRecipe recipe() {
  DetectorRecipe recipe;
  recipe.detector.body = parse_model_name("resnet18");
  recipe.detector.body.classes = 2;
  recipe.detector.anchors = {{24}, {1}};
  recipe.sizes = {48, 64};
  recipe.batch = 2;
  recipe.iterations = 2;
  recipe.learning_rate = 1e-4;
  recipe.momentum = 0.9;
  return recipe;
}

}  // namespace

TEST_CASE("a stop that is asked for between two images of a step undoes it, and the run ends as if there was none") {
  const TempFolder folder;
  const AnnotatedPhotos photos = squares(folder.path());
  DetectorTrainOptions options;
  options.runtime.kernels = kernels();
  const RunFolder whole{folder.path() / "whole"};
  REQUIRE(train_detector(recipe(), photos, whole, options) == TrainOutcome::kFinished);

  const RunFolder run{folder.path() / "run"};
  // It is asked for between the two images of a step, and after it.
  const auto stop_at_call = [&](int call) {
    DetectorTrainOptions stopped = options;
    int calls = 0;
    stopped.is_stop_requested = [&] { return ++calls == call; };
    CHECK(train_detector(recipe(), photos, run, stopped) == TrainOutcome::kStopped);
    return read_status(run)->iteration;
  };
  CHECK(stop_at_call(1) == 0);
  CHECK(stop_at_call(3) == 1);
  CHECK(train_detector(recipe(), photos, run, options) == TrainOutcome::kFinished);
  for (const auto& [ours, theirs] :
       {std::pair{run.train_csv(), whole.train_csv()}, std::pair{run.weights(), whole.weights()}}) {
    CHECK(read_file(ours) == read_file(theirs));
  }
}

TEST_CASE("a step averages over its images: one that is seen twice moves the weights as if it were seen once") {
  const TempFolder folder;
  // It is its own mirror image, and all its boxes are learnt from: whichever step sees it, its gradient is the same.
  const AnnotatedPhotos photo = squares(folder.path(), {20});
  DetectorTrainOptions options;
  options.runtime.kernels = kernels();
  const auto weights_after_step = [&](const char* name, std::int64_t batch, double rate) {
    DetectorRecipe once = recipe();
    once.batch = batch;
    once.iterations = 1;
    once.learning_rate = rate;
    const RunFolder run{folder.path() / name};
    REQUIRE(train_detector(once, photo, run, options) == TrainOutcome::kFinished);
    std::vector<torch::Tensor> all;
    for (const torch::Tensor& weights : load_trained_detector(run.path).net->parameters()) {
      all.push_back(weights.detach().flatten());
    }
    return torch::cat(all);
  };
  const torch::Tensor seen_once = weights_after_step("once", 1, 1e-4);
  const double a_step = (weights_after_step("twice the rate", 1, 2e-4) - seen_once).norm().item<double>();
  REQUIRE(a_step > 0);
  CHECK((weights_after_step("seen twice", 2, 1e-4) - seen_once).norm().item<double>() < 0.01 * a_step);
}

TEST_CASE("a set whose objects are all difficult, or crowds, has nothing to train on") {
  const TempFolder folder;
  AnnotatedPhotos photos = squares(folder.path());
  for (AnnotatedObject& object : photos.set.objects) object.kind = ObjectKind::kDifficult;
  DetectorTrainOptions options;
  options.runtime.kernels = kernels();
  CHECK_THROWS_WITH(train_detector(recipe(), photos, {folder.path() / "run"}, options),
                    Catch::Contains("none of its 3 images has an object to learn"));
}

TEST_CASE("an image with more objects than there is memory for is named before anything is trained") {
  const TempFolder folder;
  AnnotatedPhotos photos = squares(folder.path());
  photos.set.objects.resize(5003, AnnotatedObject(photos.set.objects.front()));  // two are of other images
  DetectorTrainOptions options;
  options.runtime.kernels = kernels();
  CHECK_THROWS_WITH(train_detector(recipe(), photos, {folder.path() / "run"}, options),
                    Catch::Contains("the image 0 has 5001 objects, expected at most 5000"));
}

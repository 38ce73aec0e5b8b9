// SPDX-License-Identifier: MIT
#include "train/evaluate.hpp"

#include <ATen/Functions.h>

#include <cmath>

#include "batch/batch_stream.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"

namespace {

/// Scores class c by how bright the first pixel of plane c is.
class FirstPixel : public resnet::Classifier {
 public:
  torch::Tensor forward(const torch::Tensor& images) override {
    was_training = was_training || is_training();
    return images.select(3, 0).select(2, 0);
  }
  resnet::ModelCost cost(std::int64_t, std::int64_t) const override { return {}; }
  bool was_training = false;
};

/// `count` images of which the first plane is the brightest, with these labels.
resnet::ImageSet red_images(std::int64_t count, std::int64_t label) {
  resnet::ImageSet set;
  set.images = at::zeros({count, 3, 4, 4}, torch::kByte);
  set.images.select(1, 0).fill_(255);
  set.labels = at::full({count}, label, torch::kLong);
  set.class_names = {"red", "green", "blue"};
  return set;
}

const resnet::Normalization kNoMean = resnet::subtract_mean(at::zeros({3, 4, 4}));
bool always(std::int64_t) { return true; }

}  // namespace

TEST_CASE("every image counts once, those of a partial last batch too") {
  FirstPixel model;
  resnet::ImageSet set = red_images(601, 0);  // two batches of 250 and one of 101
  set.labels.narrow(0, 590, 11).fill_(2);
  const auto result = resnet::evaluate(model, set, kNoMean, torch::kCPU, always);
  REQUIRE(result);
  CHECK(result->images == 601);
  CHECK(result->errors == 11);
  CHECK(result->error_percent() == Approx(100.0 * 11 / 601));
  // The scores are 1, 0, 0: the loss is log(e + 2) - 1 for a red label and log(e + 2) for another.
  const double log_sum = std::log(std::exp(1.0) + 2);
  CHECK(result->loss_nats == Approx(log_sum - 590.0 / 601).epsilon(1e-6));
}

TEST_CASE(
    "a net of which a part is frozen in evaluation mode is so again after a test, and each other part as it was") {
  const auto net = resnet::make_model(resnet::parse_model_name("resnet8"), /*seed=*/0);
  const auto modules = net->modules();
  modules.at(modules.size() / 2)->eval();
  const auto modes = [&] {
    std::vector<bool> are_training;
    for (const auto& module : net->modules()) are_training.push_back(module->is_training());
    return are_training;
  };
  const std::vector<bool> before = modes();
  {
    const resnet::EvaluationMode mode(*net);
    for (const bool is_training : modes()) CHECK_FALSE(is_training);
  }
  CHECK(modes() == before);
}

TEST_CASE("the confusion matrix has the images of the row's class that were taken for the column's") {
  FirstPixel model;
  resnet::ImageSet set = red_images(601, 0);
  set.labels.narrow(0, 590, 11).fill_(2);
  set.images.narrow(0, 0, 7).select(1, 0).fill_(0);
  set.images.narrow(0, 0, 7).select(1, 1).fill_(255);  // seven red ones that look green
  const auto result = resnet::evaluate(model, set, kNoMean, torch::kCPU, always);
  REQUIRE(result);
  CHECK(
      torch::equal(resnet::confusion_of(*result), at::tensor({583, 7, 0, 0, 0, 0, 11, 0, 0}, at::kLong).view({3, 3})));
  CHECK(result->errors == 18);
}

TEST_CASE("an image whose class is among the five best is no top-5 error, whatever their order") {
  class Ascending : public FirstPixel {
   public:
    torch::Tensor forward(const torch::Tensor& images) override {
      return at::arange(8, at::kFloat).expand({images.size(0), 8});  // class 7 best, then 6, 5, 4, 3
    }
  } model;
  resnet::ImageSet set = red_images(8, 0);
  set.labels = at::arange(8);
  set.class_names.resize(8);
  const auto result = resnet::evaluate(model, set, kNoMean, torch::kCPU, always);
  REQUIRE(result);
  CHECK(result->errors == 7);
  CHECK(result->top5_errors == 3);
  CHECK(result->top5_error_percent() == 37.5);
}

TEST_CASE("where there is no normalisation the net is given the bytes") {
  class WantsBytes : public FirstPixel {
   public:
    torch::Tensor forward(const torch::Tensor& images) override {
      CHECK(images.scalar_type() == at::kByte);
      return FirstPixel::forward(images.to(at::kFloat));
    }
  } model;
  const auto result = resnet::evaluate(model, red_images(300, 0), std::nullopt, torch::kCPU, always);
  REQUIRE(result);
  CHECK(result->errors == 0);
}

TEST_CASE("a net with another number of classes than the set is refused") {
  FirstPixel model;
  resnet::ImageSet set = red_images(3, 0);
  set.class_names.resize(10);
  CHECK_THROWS_WITH(resnet::evaluate(model, set, kNoMean, torch::kCPU, always),
                    Catch::Contains("3 scores an image, and the set has 10 classes"));
}

TEST_CASE("the net is tested in evaluation mode and left in the mode it was in") {
  FirstPixel model;
  model.train();
  resnet::evaluate(model, red_images(3, 0), kNoMean, torch::kCPU, always);
  CHECK_FALSE(model.was_training);
  CHECK(model.is_training());
}

TEST_CASE("a cancelled evaluation gives no number") {
  FirstPixel model;
  std::vector<std::int64_t> told;
  CHECK_FALSE(resnet::evaluate(model, red_images(600, 0), kNoMean, torch::kCPU, [&](std::int64_t done) {
    told.push_back(done);
    return done < 250;
  }));
  CHECK(told == std::vector<std::int64_t>{0, 250});
}

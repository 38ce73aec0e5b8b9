// SPDX-License-Identifier: MIT
// Batch norm's statistics as exact averages, after training.
#include "train/batch_statistics.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "model/batch_norm.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"

using resnet::Batch;
using resnet::Classifier;

namespace {

std::shared_ptr<Classifier> net(std::int64_t bn_batch = 0) {
  auto net = resnet::make_model({.depth = 8, .bn_batch = bn_batch}, /*seed=*/1);
  net->to(torch::kDouble);
  return net;
}

std::vector<Batch> batches(std::int64_t count, std::int64_t images) {
  torch::manual_seed(3);
  std::vector<Batch> made;
  for (std::int64_t i = 0; i < count; ++i) {
    made.push_back({torch::randn({images, 3, 8, 8}, torch::kDouble) + double(i), torch::zeros({images}, torch::kLong)});
  }
  return made;
}

/// One batch norm under two names.
class SharedNorm : public Classifier {
 public:
  SharedNorm() {
    register_module("first", norm);
    register_module("second", norm);
  }
  torch::Tensor forward(const torch::Tensor& images) override { return norm->forward(norm->forward(images)); }
  resnet::ModelCost cost(std::int64_t, std::int64_t) const override { return {}; }
  std::shared_ptr<resnet::BatchNorm> norm = std::make_shared<resnet::BatchNorm>(3, /*bn_batch=*/0);
};

bool take(Classifier& model, const std::vector<Batch>& from, std::int64_t bn_batch = 0, std::int64_t stop_at = -1) {
  auto next = from.begin();
  return resnet::take_batch_statistics(
      model, static_cast<std::int64_t>(from.size()), [&] { return *next++; }, bn_batch, torch::kCPU,
      [&](std::int64_t done) { return done != stop_at; });
}

/// The mean and variance that each batch norm takes of a batch, from how far they move the running ones of a twin.
std::map<std::string, torch::Tensor> statistics_by_movement(const torch::Tensor& images) {
  const torch::NoGradGuard no_gradient;
  const auto twin = net();
  std::map<std::string, torch::Tensor> before;
  for (const auto& item : twin->named_buffers()) before[item.key()] = item.value().clone();
  twin->forward(images);
  std::map<std::string, torch::Tensor> statistics;
  constexpr double kMoves = resnet::BatchNorm::kMomentum;
  for (const auto& item : twin->named_buffers()) {
    if (item.key().ends_with("num_batches_tracked")) continue;
    statistics[item.key()] = (item.value() - (1 - kMoves) * before[item.key()]) / kMoves;
  }
  return statistics;
}

}  // namespace

TEST_CASE("each batch norm gets the averages over the batches of the mean and variance it takes of each") {
  const auto from = batches(3, 4);
  std::map<std::string, torch::Tensor> expected;
  for (const Batch& batch : from) {
    for (const auto& [name, value] : statistics_by_movement(batch.images)) {
      expected[name] = expected.count(name) > 0 ? expected[name] + value / 3 : value / 3;
    }
  }
  const auto model = net();
  model->forward(from[2].images);  // what ran along counts for nothing
  REQUIRE(take(*model, from));
  for (const auto& [name, value] : expected) {
    INFO(name);
    CHECK(torch::allclose(model->named_buffers()[name], value, 1e-9, 1e-9));
  }
}

TEST_CASE("the first layer's are those of its convolution's outputs, computed by hand") {
  const auto from = batches(2, 5);
  const auto model = net();
  REQUIRE(take(*model, from));
  torch::Tensor mean = torch::zeros({16}, torch::kDouble);
  torch::Tensor var = torch::zeros({16}, torch::kDouble);
  for (const Batch& batch : from) {
    const auto out = torch::conv2d(batch.images, model->named_parameters()["conv1.weight"], {}, 1, 1).detach();
    mean += out.mean({0, 2, 3}) / 2;
    var += out.var({0, 2, 3}, /*unbiased=*/true) / 2;
  }
  CHECK(torch::allclose(model->named_buffers()["bn1.running_mean"], mean, 1e-10, 1e-10));
  CHECK(torch::allclose(model->named_buffers()["bn1.running_var"], var, 1e-10, 1e-10));
}

TEST_CASE("groups that are normalised together each count once, and a batch without images counts as none") {
  const auto six = batches(1, 6);
  const std::vector<Batch> pairs = {{six[0].images.narrow(0, 0, 2), six[0].labels.narrow(0, 0, 2)},
                                    {six[0].images.narrow(0, 2, 2), six[0].labels.narrow(0, 2, 2)},
                                    {six[0].images.narrow(0, 0, 0), six[0].labels.narrow(0, 0, 0)},
                                    {six[0].images.narrow(0, 4, 2), six[0].labels.narrow(0, 4, 2)}};
  const auto grouped = net(/*bn_batch=*/2);
  const auto paired = net();
  REQUIRE(take(*grouped, six, /*bn_batch=*/2));
  REQUIRE(take(*paired, pairs));
  for (const auto& item : grouped->named_buffers()) {
    CHECK(torch::allclose(item.value(), paired->named_buffers()[item.key()], 1e-10, 1e-10));
  }
  CHECK_THROWS_WITH(take(*paired, {pairs[2]}), Catch::Contains("none of the images"));
}

TEST_CASE("weights, counts, modes and momentum stay, and what is stopped changes nothing") {
  const bool trains = GENERATE(false, true);
  CAPTURE(trains);
  for (const bool stops : {false, true}) {
    const auto model = net();
    const auto before = net();
    const auto modules = model->named_modules();
    model->train(trains);
    modules["layer2.0.bn1"]->train(!trains);  // in another mode than the net
    const auto slow = std::dynamic_pointer_cast<resnet::BatchNorm>(modules["layer2.0.bn2"]);
    slow->momentum = 0.01;
    CHECK(take(*model, batches(3, 4), 0, stops ? 2 : -1) != stops);
    for (const auto& item : modules) {
      INFO(item.key());
      CHECK(item.value()->is_training() == (trains != (item.key() == "layer2.0.bn1")));
    }
    CHECK(slow->momentum == 0.01);
    for (const auto& item : model->named_parameters()) {
      CHECK(torch::equal(item.value(), before->named_parameters()[item.key()]));
    }
    for (const auto& item : model->named_buffers()) {
      const bool changes = !stops && !item.key().ends_with("num_batches_tracked");
      CHECK(torch::equal(item.value(), before->named_buffers()[item.key()]) != changes);
    }
    // The running statistics move by a tenth again.
    const torch::Tensor mean = model->named_buffers()["bn1.running_mean"].clone();
    model->train();
    model->forward(batches(1, 4)[0].images);
    const torch::Tensor statistic = statistics_by_movement(batches(1, 4)[0].images)["bn1.running_mean"];
    CHECK(torch::allclose(model->named_buffers()["bn1.running_mean"], 0.9 * mean + 0.1 * statistic, 1e-9, 1e-9));
  }
}

TEST_CASE("a batch norm that a net has twice keeps its momentum") {
  SharedNorm model;
  model.to(torch::kDouble);
  REQUIRE(take(model, batches(2, 4)));
  CHECK(model.norm->momentum == resnet::BatchNorm::kMomentum);
}

// SPDX-License-Identifier: MIT
// One step over a batch in pieces (Section 3.4: 256 images, of which batch norm sees 32 together).
#include "train/train_step.hpp"

#include <ATen/Functions.h>

#include <limits>
#include <memory>

#include "core/error.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"

using resnet::Batch;
using resnet::Classifier;
using resnet::StepPieces;
using resnet::StepResult;

namespace {

/// In double, so that sums in another order differ by next to nothing; batch norm sees pairs of images in any case.
std::shared_ptr<Classifier> net() {
  auto net = resnet::make_model({.depth = 8, .bn_batch = 2}, /*seed=*/1);
  net->to(torch::kDouble);
  return net;
}

Batch batch_of(std::int64_t images) {
  torch::manual_seed(5);
  return {torch::randn({images, 3, 16, 16}, torch::kDouble), torch::arange(images).remainder(10)};
}

StepPieces in_pieces(const Batch& batch, const std::vector<std::int64_t>& sizes, std::int64_t announced) {
  const auto first = std::make_shared<std::int64_t>(0);
  const auto next = std::make_shared<std::size_t>(0);
  return {announced, static_cast<std::int64_t>(sizes.size()), [=] {
            const std::int64_t size = sizes[(*next)++];
            Batch piece{batch.images.narrow(0, *first, size), batch.labels.narrow(0, *first, size)};
            *first += size;
            return piece;
          }};
}

StepResult step(Classifier& model, const StepPieces& pieces) {
  resnet::Sgd optimizer(model.parameters(), 0.9, 1e-2);
  return resnet::train_step(model, optimizer, pieces, 0.1, resnet::Precision::kFloat32, torch::kCPU);
}

StepResult step(Classifier& model, const Batch& batch) {
  resnet::Sgd optimizer(model.parameters(), 0.9, 1e-2);
  return resnet::train_step(model, optimizer, batch, 0.1, resnet::Precision::kFloat32, torch::kCPU);
}

void check_same_state(const Classifier& a, const Classifier& b) {
  const auto others = b.named_parameters();
  for (const auto& item : a.named_parameters()) {
    INFO(item.key());
    CHECK(torch::allclose(item.value(), others[item.key()], 1e-12, 1e-13));
    CHECK_FALSE(item.value().grad().defined());
  }
  const auto buffers = b.named_buffers();
  for (const auto& item : a.named_buffers()) CHECK(torch::allclose(item.value(), buffers[item.key()], 1e-12, 1e-13));
}

}  // namespace

TEST_CASE("a batch in pieces, equal or not, changes the net as the whole batch does") {
  const Batch batch = batch_of(12);
  const auto whole = net();
  const StepResult expected = step(*whole, batch);
  CHECK(expected.images == 12);
  for (const std::vector<std::int64_t>& sizes : {std::vector<std::int64_t>{4, 4, 4}, {2, 6, 4}, {12}}) {
    const auto other = net();
    const StepResult result = step(*other, in_pieces(batch, sizes, 12));
    CHECK(result.loss_nats == Approx(expected.loss_nats).epsilon(1e-12));
    CHECK(result.errors == expected.errors);
    CHECK(result.images == 12);
    check_same_state(*other, *whole);
  }
}

TEST_CASE("images that could not be read do not weigh in the mean") {
  const Batch batch = batch_of(8);
  const auto expected = net();
  step(*expected, batch);
  const auto other = net();
  const StepResult result = step(*other, in_pieces(batch, {4, 0, 4}, 12));  // four of twelve are missing
  CHECK(result.images == 8);
  check_same_state(*other, *expected);
  const auto none = net();
  CHECK_THROWS_WITH(step(*none, in_pieces(batch, {0, 0}, 12)), Catch::Contains("none of its 12 images"));
}

TEST_CASE("layers that are not trained stay as they are, also where images could not be read") {
  const auto frozen = [] {
    auto model = net();
    for (auto& item : model->named_parameters()) item.value().set_requires_grad(item.key().starts_with("fc"));
    return model;
  };
  const auto whole = frozen();
  const auto with_missing = frozen();
  const auto start = net();
  const auto train_fc = [](Classifier& model, const StepPieces& pieces) {
    std::vector<torch::Tensor> trained;
    for (const auto& parameter : model.parameters()) {
      if (parameter.requires_grad()) trained.push_back(parameter);
    }
    resnet::Sgd optimizer(trained, 0.9, 1e-2);
    resnet::train_step(model, optimizer, pieces, 0.1, resnet::Precision::kFloat32, torch::kCPU);
  };
  const Batch batch = batch_of(8);
  train_fc(*whole, in_pieces(batch, {8}, 8));
  train_fc(*with_missing, in_pieces(batch, {4, 4}, 10));
  check_same_state(*whole, *with_missing);
  const auto before = start->named_parameters();
  for (const auto& item : whole->named_parameters()) {
    INFO(item.key());
    CHECK(torch::equal(item.value(), before[item.key()]) != item.key().starts_with("fc"));
  }
}

TEST_CASE("a loss that is not finite in any piece leaves weights and gradients as they were") {
  Batch batch = batch_of(8);
  batch.images[7].fill_(std::numeric_limits<double>::quiet_NaN());
  const auto model = net();
  const auto before = net();
  CHECK_FALSE(std::isfinite(step(*model, in_pieces(batch, {4, 4}, 8)).loss_nats));
  for (const auto& item : model->named_parameters()) {
    CHECK(torch::equal(item.value(), before->named_parameters()[item.key()]));
    CHECK_FALSE(item.value().grad().defined());
  }
}

TEST_CASE("whoever looks at the gradients sees those of the whole batch, once") {
  const Batch batch = batch_of(8);
  const auto model = net();
  at::cross_entropy_loss(model->forward(batch.images), batch.labels).backward();
  const torch::Tensor expected = model->named_parameters()["fc.weight"].grad().clone();
  model->zero_grad();
  resnet::Sgd optimizer(model->parameters(), 0.9, 1e-2);
  int looks = 0;
  resnet::train_step(*model, optimizer, in_pieces(batch, {4, 4}, 8), 0.1, resnet::Precision::kFloat32, torch::kCPU,
                     [&](const Classifier& seen) {
                       ++looks;
                       CHECK(torch::allclose(seen.named_parameters()["fc.weight"].grad(), expected, 1e-12, 1e-14));
                     });
  CHECK(looks == 1);
}

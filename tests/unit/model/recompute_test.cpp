// SPDX-License-Identifier: MIT
// Blocks that are computed again in the backward pass, against blocks that keep what they need: bit for bit.
#include "model/recompute.hpp"

#include <torch/autograd.h>
#include <torch/nn/functional/loss.h>
#include <torch/types.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "support/kernels_guard.hpp"
#include "tensor/caching_allocator.hpp"
#include "tensor/precision.hpp"

using namespace resnet;

namespace {

enum class BackwardPass { kBehindTheScope, kInsideIt };  // of the forward pass's precision

/// Some steps of training, and all that they leave behind: weights, gradients, running statistics.
std::vector<torch::Tensor> train(const ModelSpec& spec, Precision precision, bool recomputes, BackwardPass pass,
                                 const std::vector<std::string>& frozen = {}) {
  const auto net = make_model(spec, /*seed=*/0);
  net->recompute_blocks(recomputes);
  for (const std::string& name : frozen) net->named_parameters()[name].requires_grad_(false);
  std::vector<torch::Tensor> left;
  for (std::int64_t step = 0; step < 3; ++step) {
    torch::manual_seed(static_cast<std::uint64_t>(step));
    std::optional<PrecisionScope> scope(std::in_place, precision, torch::kCPU);
    const torch::Tensor logits = net->forward(torch::randn({16, 3, 16, 16}));
    if (pass == BackwardPass::kBehindTheScope) scope.reset();
    torch::nn::functional::cross_entropy(logits, torch::arange(16, torch::kLong).remainder(10)).backward();
    const torch::NoGradGuard no_gradient;
    for (const torch::Tensor& parameter : net->parameters()) {
      if (!parameter.requires_grad()) continue;
      parameter.sub_(parameter.grad(), 0.01);
      left.push_back(parameter.grad().clone());
      parameter.mutable_grad().reset();
    }
  }
  for (const torch::Tensor& parameter : net->parameters()) left.push_back(parameter.detach());
  for (const torch::Tensor& buffer : net->buffers()) left.push_back(buffer);
  return left;
}

void check_recomputing_changes_nothing(const ModelSpec& spec, Precision precision,
                                       const std::vector<std::string>& frozen = {},
                                       BackwardPass pass = BackwardPass::kBehindTheScope) {
  const auto kept = train(spec, precision, false, pass, frozen);
  const auto recomputed = train(spec, precision, true, pass, frozen);
  REQUIRE(kept.size() == recomputed.size());
  for (std::size_t i = 0; i < kept.size(); ++i) CHECK(torch::equal(kept[i], recomputed[i]));
}

std::shared_ptr<Classifier> recomputed_resnet20() {
  auto net = make_model(parse_model_name("resnet20"), /*seed=*/0);
  net->recompute_blocks(true);
  return net;
}

torch::Tensor loss_of(Classifier& net) { return net.forward(torch::randn({4, 3, 16, 16})).square().sum(); }

}  // namespace

TEST_CASE("recomputing blocks changes no gradient, weight or running statistic") {
  const KernelsGuard guard;
  const Kernels choice = GENERATE(Kernels::kFast, Kernels::kEager);
  const Precision precision = GENERATE(Precision::kFloat32, Precision::kBFloat16);
  const auto [name, shortcut] =
      GENERATE(std::pair("plain20", Shortcut::kZeroPadding), std::pair("resnet20", Shortcut::kZeroPadding),
               std::pair("resnet20", Shortcut::kProjectionEverywhere));
  CAPTURE(kernels_name(choice), precision_name(precision), name, shortcut_name(shortcut));
  set_kernels(choice);
  ModelSpec spec = parse_model_name(name);
  spec.shortcut = shortcut;
  spec.bn_batch = 8;
  check_recomputing_changes_nothing(spec, precision);
}

TEST_CASE("recomputing changes nothing either where the backward pass lies in the scope of the forward pass") {
  const KernelsGuard guard;
  set_kernels(GENERATE(Kernels::kFast, Kernels::kEager));
  ModelSpec spec = parse_model_name("resnet20");
  spec.shortcut = Shortcut::kProjectionEverywhere;
  check_recomputing_changes_nothing(spec, Precision::kBFloat16, {}, BackwardPass::kInsideIt);
}

TEST_CASE("a block whose input needs no gradient, as behind frozen layers, runs as ever, and its weights get theirs") {
  const KernelsGuard guard;
  set_kernels(GENERATE(Kernels::kFast, Kernels::kEager));
  check_recomputing_changes_nothing(parse_model_name("resnet20"), Precision::kFloat32,
                                    {"conv1.weight", "bn1.weight", "bn1.bias"});
}

TEST_CASE("recomputing changes nothing either where some batch norms are frozen in evaluation mode") {
  const Precision precision = GENERATE(Precision::kFloat32, Precision::kBFloat16);
  CAPTURE(precision_name(precision));
  const torch::Tensor images = torch::randn({16, 3, 16, 16});
  std::vector<std::vector<torch::Tensor>> gradients;
  for (const bool recomputes : {false, true}) {
    const auto net = make_model(parse_model_name("resnet20"), /*seed=*/0);
    net->recompute_blocks(recomputes);
    for (const auto& item : net->named_modules()) {
      if (item.key().starts_with("layer2.") && item.key().ends_with(".bn1")) item.value()->eval();
    }
    {
      const PrecisionScope scope(precision, torch::kCPU);
      net->forward(images).square().sum().backward();
    }
    gradients.emplace_back();
    for (const torch::Tensor& parameter : net->parameters()) gradients.back().push_back(parameter.grad());
  }
  for (std::size_t i = 0; i < gradients[0].size(); ++i) CHECK(torch::equal(gradients[0][i], gradients[1][i]));
}

TEST_CASE("a second derivative of recomputed blocks is refused with the cure, whoever computes") {
  const KernelsGuard guard;
  set_kernels(GENERATE(Kernels::kFast, Kernels::kEager));
  const auto net = recomputed_resnet20();
  const torch::Tensor weight = net->named_parameters()["conv1.weight"];
  CHECK_THROWS_WITH(torch::autograd::grad({loss_of(*net)}, {weight}, {}, /*retain_graph=*/true, /*create_graph=*/true),
                    Catch::Contains("train without --recompute-blocks"));
}

TEST_CASE("recomputed blocks refuse a backward pass after the choice of kernels, the net's mode or weights changed") {
  const KernelsGuard guard;
  set_kernels(Kernels::kFast);
  const auto net = recomputed_resnet20();
  const torch::Tensor first = loss_of(*net);
  const torch::Tensor second = loss_of(*net);
  const torch::Tensor third = loss_of(*net);
  const auto refusal = Catch::Contains("the net's mode, its weights or the choice of kernels changed between");
  set_kernels(Kernels::kEager);
  CHECK_THROWS_WITH(first.backward(), refusal);
  set_kernels(Kernels::kFast);
  net->eval();
  CHECK_THROWS_WITH(second.backward(), refusal);
  net->train();
  {
    const torch::NoGradGuard no_gradient;
    net->named_parameters()["layer3.2.conv2.weight"].zero_();
  }
  CHECK_THROWS_WITH(third.backward(), refusal);
}

TEST_CASE("recomputing leaves evaluation as it is") {
  const auto net = make_model(parse_model_name("resnet20"), /*seed=*/0);
  net->eval();
  const torch::Tensor images = torch::randn({4, 3, 16, 16});
  const torch::Tensor kept = net->forward(images);
  net->recompute_blocks(true);
  CHECK(torch::equal(net->forward(images), kept));
}

#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("recomputing keeps one map for each block") {
  use_memory_from(MemorySource::kCached);
  const auto bytes_kept = [](bool recomputes) {
    const auto net = make_model(parse_model_name("resnet32"), /*seed=*/0);
    net->recompute_blocks(recomputes);
    const std::size_t before = cached_memory().bytes_in_use;
    const torch::Tensor logits = net->forward(torch::randn({128, 3, 32, 32}));
    return cached_memory().bytes_in_use - before;
  };
  CHECK(static_cast<double>(bytes_kept(true)) < 0.4 * static_cast<double>(bytes_kept(false)));
}
#endif

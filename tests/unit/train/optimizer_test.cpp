// SPDX-License-Identifier: MIT
#include "train/optimizer.hpp"

#include <ATen/ops/full.h>

#include <cstddef>
#include <vector>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/kernels_guard.hpp"

using resnet::Sgd;

namespace {

torch::Tensor weight(double value) { return at::full({1}, value, torch::kDouble).requires_grad_(); }

}  // namespace

TEST_CASE("an update is v = m v + rate (g + decay w), w = w - v, by hand") {
  const torch::Tensor w = weight(2.0);
  Sgd optimizer({w}, /*momentum=*/0.5, /*weight_decay=*/0.1);
  w.mutable_grad() = at::full({1}, 1.0, torch::kDouble);
  optimizer.step(0.1);  // v = 0.1 (1 + 0.2) = 0.12
  CHECK(w.item<double>() == Approx(1.88).epsilon(1e-14));
  optimizer.step(0.01);  // v = 0.5 * 0.12 + 0.01 (1 + 0.188) = 0.07188: the old step fades, it is not shrunk
  CHECK(w.item<double>() == Approx(1.88 - 0.07188).epsilon(1e-14));
}

TEST_CASE("a parameter without a gradient is an error, not a skipped update") {
  const torch::Tensor with = weight(1);
  with.mutable_grad() = at::full({1}, 1.0, torch::kDouble);
  Sgd optimizer({with, weight(1)}, 0.9, 0);
  CHECK_THROWS_AS(optimizer.step(0.1), resnet::Error);
}

TEST_CASE("our pass over the weights and LibTorch's operations end at the same weights, in any layout") {
  const KernelsGuard guard;
  std::vector<std::vector<torch::Tensor>> weights;
  for (const resnet::Kernels choice : {resnet::Kernels::kFast, resnet::Kernels::kEager}) {
    resnet::set_kernels(choice);
    torch::manual_seed(0);
    std::vector<torch::Tensor> all = {
        torch::randn({70'001}), torch::randn({8, 16, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast),
        torch::randn({8, 16, 1, 1}).contiguous(at::MemoryFormat::ChannelsLast), torch::randn({5, 7})};
    for (torch::Tensor& w : all) w.requires_grad_();
    Sgd optimizer(all, 0.9, 1e-4);
    for (int step = 0; step < 3; ++step) {
      // Contiguous, whatever the weight is.
      for (const torch::Tensor& w : all) w.mutable_grad() = torch::randn(w.sizes());
      optimizer.step(0.1);
    }
    weights.push_back(all);
  }
  for (std::size_t i = 0; i < weights[0].size(); ++i) {
    CHECK(torch::allclose(weights[0][i], weights[1][i], /*rtol=*/1e-6, /*atol=*/1e-6));
  }
}

TEST_CASE("a graph of the weights before an update refuses its backward pass, whoever updates") {
  const KernelsGuard guard;
  resnet::set_kernels(GENERATE(resnet::Kernels::kFast, resnet::Kernels::kEager));
  const torch::Tensor w = torch::randn({7}).requires_grad_();
  const torch::Tensor loss = w.square().sum();
  w.mutable_grad() = torch::ones({7});
  Sgd({w}, 0.9, 0).step(0.1);
  CHECK_THROWS_WITH(loss.backward(), Catch::Contains("modified by an inplace operation"));
}

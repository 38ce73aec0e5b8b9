// SPDX-License-Identifier: MIT
// Whole nets on our kernels, against the same nets on LibTorch's operations.
#include <torch/nn/functional/loss.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "support/kernels_guard.hpp"
#include "tensor/precision.hpp"

using namespace resnet;

namespace {

struct Net {
  std::string name;
  Shortcut shortcut;
  std::int64_t bn_batch = 0;
};

std::shared_ptr<Classifier> make(const Net& net, std::uint64_t seed) {
  ModelSpec spec = parse_model_name(net.name);
  spec.shortcut = net.shortcut;
  spec.bn_batch = net.bn_batch;
  return make_model(spec, seed);
}

torch::Tensor noise_images(std::uint64_t seed) {
  torch::manual_seed(seed);
  return torch::randn({8, 3, 8, 8});
}

/// All gradients of one training step, end to end.
torch::Tensor gradients(Classifier& net, const torch::Tensor& images) {
  const torch::Tensor logits = net.forward(images);
  const torch::Tensor labels = torch::arange(8, torch::kLong);
  torch::nn::functional::cross_entropy(logits.to(net.parameters()[0].scalar_type()), labels).backward();
  std::vector<torch::Tensor> flat;
  for (const torch::Tensor& parameter : net.parameters()) flat.push_back(parameter.grad().flatten());
  return torch::cat(flat).to(torch::kDouble);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

double error_of(const torch::Tensor& ours, const torch::Tensor& theirs) {
  return ((ours - theirs).norm() / theirs.norm()).item<double>();
}

}  // namespace

// A number within rounding of zero passes the ReLU of one path and not that of another, which moves the gradients by up
// to a percent, LibTorch's own against double precision too. On small maps most nets have no such number: the median is
// one without.
TEST_CASE("a net's gradients on our kernels are LibTorch's to 2e-3 by norm, and double precision's") {
  const KernelsGuard guard;
  const Net net = GENERATE(Net{"resnet20", Shortcut::kZeroPadding}, Net{"resnet20", Shortcut::kProjectionWhereNeeded},
                           Net{"resnet20", Shortcut::kProjectionEverywhere}, Net{"plain20", Shortcut::kZeroPadding},
                           Net{"resnet20", Shortcut::kProjectionWhereNeeded, /*bn_batch=*/4});
  CAPTURE(net.name, shortcut_name(net.shortcut), net.bn_batch);
  std::vector<double> from_eager;
  std::vector<double> from_exact;
  for (std::uint64_t seed = 0; seed < 7; ++seed) {
    const torch::Tensor images = noise_images(seed);
    const auto fast = make(net, seed);
    const auto eager = make(net, seed);
    const auto exact = make(net, seed);
    exact->to(torch::kDouble);
    set_kernels(Kernels::kFast);
    const torch::Tensor ours = gradients(*fast, images);
    set_kernels(Kernels::kEager);
    from_eager.push_back(error_of(ours, gradients(*eager, images)));
    from_exact.push_back(error_of(ours, gradients(*exact, images.to(torch::kDouble))));
  }
  CHECK(median(from_eager) < 2e-3);
  CHECK(median(from_exact) < 2e-3);
}

// Here all layers but the first and those of stride 2 go by Winograd.
TEST_CASE("on maps of the paper's size no net's gradients are further than 2e-2 by norm from LibTorch's") {
  const KernelsGuard guard;
  const Net net = GENERATE(Net{"resnet20", Shortcut::kZeroPadding}, Net{"plain20", Shortcut::kZeroPadding});
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    CAPTURE(net.name, seed);
    torch::manual_seed(seed);
    const torch::Tensor images = torch::randn({8, 3, 32, 32});
    set_kernels(Kernels::kFast);
    const torch::Tensor ours = gradients(*make(net, seed), images);
    set_kernels(Kernels::kEager);
    CHECK(error_of(ours, gradients(*make(net, seed), images)) < 2e-2);
  }
}

TEST_CASE("a net's running statistics, and its logits in evaluation mode, are LibTorch's") {
  const KernelsGuard guard;
  const Net net{"resnet20", Shortcut::kProjectionEverywhere};
  const auto fast = make(net, /*seed=*/0);
  const auto eager = make(net, /*seed=*/0);
  const torch::Tensor images = noise_images(0);
  const auto logits = [&](Classifier& of, Kernels choice) {
    set_kernels(choice);
    of.train();
    of.forward(images);
    of.eval();
    return of.forward(images);
  };
  const torch::Tensor ours = logits(*fast, Kernels::kFast);
  CHECK(torch::allclose(ours, logits(*eager, Kernels::kEager), 1e-4, 1e-4));
  for (const auto& buffer : eager->named_buffers()) {
    CAPTURE(buffer.key());
    CHECK(torch::allclose(fast->named_buffers()[buffer.key()], buffer.value(), 1e-4, 1e-5));
  }
}

TEST_CASE("under bfloat16 autocast our kernels are no further from double precision than LibTorch's operations") {
  const KernelsGuard guard;
  const Net net{"resnet20", Shortcut::kProjectionWhereNeeded};
  const auto exact = make(net, /*seed=*/0);
  exact->to(torch::kDouble);
  const torch::Tensor expected = gradients(*exact, noise_images(0).to(torch::kDouble));
  const auto error = [&](Kernels choice) {
    set_kernels(choice);
    const auto model = make(net, /*seed=*/0);
    const PrecisionScope precision(Precision::kBFloat16, torch::kCPU);
    return error_of(gradients(*model, noise_images(0)), expected);
  };
  const double fast = error(Kernels::kFast);
  const double eager = error(Kernels::kEager);
  CAPTURE(fast, eager);
  CHECK(fast > 1e-4);  // or it was not in bfloat16
  CHECK(fast < 1.5 * eager);
}

// SPDX-License-Identifier: MIT
// Nets that are only tested, with batch norm folded into the convolutions, against LibTorch's operations one by one.
#include "model/conv_norm.hpp"

#include <torch/types.h>

#include <limits>
#include <optional>
#include <vector>

#include "model/convolution.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "support/each_simd_target.hpp"
#include "support/kernels_guard.hpp"
#include "tensor/precision.hpp"

using namespace resnet;

namespace {

/// A net whose running statistics are those of a few batches, in evaluation mode.
std::shared_ptr<Classifier> tested_net(const char* name, Shortcut shortcut) {
  ModelSpec spec = parse_model_name(name);
  spec.shortcut = shortcut;
  auto net = make_model(spec, /*seed=*/0);
  torch::manual_seed(0);
  for (int i = 0; i < 3; ++i) net->forward(torch::randn({32, 3, 16, 16}));
  net->eval();
  return net;
}

torch::Tensor logits(Classifier& net, Kernels choice, const torch::Tensor& images) {
  const KernelsGuard guard;
  set_kernels(choice);
  const torch::NoGradGuard no_gradient;
  return net.forward(images);
}

double error_of(const torch::Tensor& ours, const torch::Tensor& theirs) {
  return ((ours - theirs).norm() / theirs.norm()).item<double>();
}

}  // namespace

TEST_CASE(
    "a tested net's logits are the eager path's to 1e-5, with every shortcut and without, on each instruction set") {
  for (const auto& [name, shortcut] :
       {std::pair("plain20", Shortcut::kZeroPadding), std::pair("resnet20", Shortcut::kZeroPadding),
        std::pair("resnet20", Shortcut::kProjectionWhereNeeded),
        std::pair("resnet20", Shortcut::kProjectionEverywhere)}) {
    const auto net = tested_net(name, shortcut);
    for (const std::int64_t size : {32, 17}) {
      CAPTURE(name, shortcut_name(shortcut), size);
      const torch::Tensor images = torch::randn({16, 3, size, size});
      const torch::Tensor eager = logits(*net, Kernels::kEager, images);
      on_each_target([&] { CHECK(error_of(logits(*net, Kernels::kFast, images), eager) < 1e-5); });
    }
  }
}

TEST_CASE("a tested net may be empty of images, in double precision, and under inference mode") {
  const auto net = tested_net("resnet20", Shortcut::kProjectionWhereNeeded);
  const c10::InferenceMode inference;
  CHECK(net->forward(torch::randn({0, 3, 32, 32})).sizes() == torch::IntArrayRef({0, 10}));
  const torch::Tensor images = torch::randn({4, 3, 32, 32});
  const torch::Tensor eager = logits(*net, Kernels::kEager, images);
  CHECK(error_of(net->forward(images), eager) < 1e-5);
}

TEST_CASE("testing a net changes nothing in it, in double precision neither") {
  for (const auto type : {torch::kFloat, torch::kDouble}) {
    const auto net = tested_net("resnet20", Shortcut::kProjectionWhereNeeded);
    net->to(type);
    const torch::Tensor images = torch::randn({4, 3, 32, 32}, type);
    std::vector<torch::Tensor> before;
    for (const torch::Tensor& buffer : net->buffers()) before.push_back(buffer.clone());
    const torch::Tensor first = logits(*net, Kernels::kFast, images);
    CHECK(error_of(first, logits(*net, Kernels::kEager, images)) < 1e-5);
    CHECK(torch::equal(logits(*net, Kernels::kFast, images), first));
    for (std::size_t i = 0; i < before.size(); ++i) CHECK(torch::equal(net->buffers()[i], before[i]));
  }
}

TEST_CASE("a pixel that is not a number makes the logits of its image so, and of no other") {
  const auto net = tested_net("resnet20", Shortcut::kProjectionWhereNeeded);
  for (const std::int64_t size : {32, 8}) {  // on small maps oneDNN computes
    torch::Tensor images = torch::randn({4, 3, size, size});
    images[2][1][3][3] = std::numeric_limits<float>::quiet_NaN();
    const torch::Tensor is_nan = logits(*net, Kernels::kFast, images).isnan().all(1);
    CHECK(torch::equal(is_nan, torch::tensor({false, false, true, false})));
  }
}

TEST_CASE("in evaluation mode with gradients nothing is folded, and the weights get theirs") {
  const auto net = tested_net("resnet20", Shortcut::kZeroPadding);
  net->forward(torch::randn({4, 3, 32, 32})).sum().backward();
  for (const torch::Tensor& parameter : net->parameters()) CHECK(parameter.grad().defined());
}

TEST_CASE("running statistics that change between two tests count in the second") {
  const auto net = tested_net("resnet20", Shortcut::kZeroPadding);
  const torch::Tensor images = torch::randn({4, 3, 32, 32});
  const torch::Tensor before = logits(*net, Kernels::kFast, images);
  for (const torch::Tensor& buffer : net->buffers()) {
    if (buffer.is_floating_point()) buffer.add_(0.1);
  }
  const torch::Tensor after = logits(*net, Kernels::kFast, images);
  CHECK(error_of(after, before) > 1e-3);
  CHECK(error_of(after, logits(*net, Kernels::kEager, images)) < 1e-5);
}

TEST_CASE("a tested net in bfloat16 gives float32 logits, which are as near the exact ones as LibTorch's in bfloat16") {
  const auto net = tested_net("resnet20", Shortcut::kProjectionWhereNeeded);
  const torch::Tensor images = torch::randn({16, 3, 32, 32});
  const torch::Tensor exact = logits(*net, Kernels::kEager, images);
  const PrecisionScope precision(Precision::kBFloat16, torch::kCPU);
  const double eager = error_of(logits(*net, Kernels::kEager, images), exact);
  CHECK(eager > 1e-3);  // or it was not in bfloat16
  on_each_target([&] {
    const torch::Tensor ours = logits(*net, Kernels::kFast, images);
    CHECK(ours.scalar_type() == torch::kFloat);
    CHECK(error_of(ours, exact) < 0.05);
    CHECK(error_of(ours, exact) < 1.5 * eager);
  });
}

TEST_CASE("a layer trained in bfloat16 is as near double precision as LibTorch's operations in bfloat16 are") {
  const KernelsGuard guard;
  const bool has_residual = GENERATE(false, true);
  const auto map = [] {
    return torch::randn({8, 32, 16, 16}, torch::kBFloat16).contiguous(torch::MemoryFormat::ChannelsLast);
  };
  const std::vector<torch::Tensor> inputs = {map(), map(), torch::randn({32, 32, 3, 3}), torch::rand({32}) + 0.5,
                                             torch::randn({32})};
  const torch::Tensor dy = map();
  // The result, and the gradients of the inputs.
  const auto step = [&](Kernels choice, Precision precision) {
    set_kernels(choice);
    std::vector<torch::Tensor> leaves;
    for (const torch::Tensor& input : inputs) {
      const auto type = precision == Precision::kBFloat16 ? input.scalar_type() : torch::kDouble;
      leaves.push_back(input.to(type).detach().requires_grad_());
    }
    const auto layer = make_convolution(32, 32, /*kernel=*/3, /*stride=*/1);
    BatchNorm norm(32, /*bn_batch=*/0);
    norm.to(leaves[3].scalar_type());
    layer->weight = leaves[2];
    norm.weight = leaves[3];
    norm.bias = leaves[4];
    torch::Tensor y;
    {
      const PrecisionScope scope(precision, torch::kCPU);
      y = convolve_norm_relu(*layer, norm, leaves[0], has_residual ? std::optional(leaves[1]) : std::nullopt).to_layers;
    }
    y.backward(dy.to(y.scalar_type()));
    std::vector<torch::Tensor> left = {y.detach()};
    for (const torch::Tensor& leaf : leaves) left.push_back(leaf.grad());
    return left;
  };
  const auto exact = step(Kernels::kEager, Precision::kFloat32);
  const auto eager = step(Kernels::kEager, Precision::kBFloat16);
  on_each_target([&] {
    const auto ours = step(Kernels::kFast, Precision::kBFloat16);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      if (!exact[i].defined()) continue;
      CAPTURE(has_residual, i);
      CHECK(ours[i].scalar_type() == eager[i].scalar_type());
      CHECK(error_of(ours[i].to(torch::kDouble), exact[i]) < 2 * error_of(eager[i].to(torch::kDouble), exact[i]));
    }
  });
}

// SPDX-License-Identifier: MIT
// Nets that are only tested, with batch norm folded into the convolutions, against LibTorch's operations one by one.
#include "model/conv_norm.hpp"

#include <torch/types.h>

#include <limits>
#include <vector>

#include "model/make_model.hpp"
#include "support/catch.hpp"
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

TEST_CASE("a tested net's logits are the eager path's to 1e-5, with every shortcut and without") {
  for (const auto& [name, shortcut] :
       {std::pair("plain20", Shortcut::kZeroPadding), std::pair("resnet20", Shortcut::kZeroPadding),
        std::pair("resnet20", Shortcut::kProjectionWhereNeeded),
        std::pair("resnet20", Shortcut::kProjectionEverywhere)}) {
    const auto net = tested_net(name, shortcut);
    for (const std::int64_t size : {32, 17}) {
      CAPTURE(name, shortcut_name(shortcut), size);
      const torch::Tensor images = torch::randn({16, 3, size, size});
      const torch::Tensor eager = logits(*net, Kernels::kEager, images);
      CHECK(error_of(logits(*net, Kernels::kFast, images), eager) < 1e-5);
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

TEST_CASE("a tested net in bfloat16 gives float32 logits near the exact ones") {
  const auto net = tested_net("resnet20", Shortcut::kProjectionWhereNeeded);
  const torch::Tensor images = torch::randn({16, 3, 32, 32});
  const torch::Tensor exact = logits(*net, Kernels::kEager, images);
  const PrecisionScope precision(Precision::kBFloat16, torch::kCPU);
  const torch::Tensor ours = logits(*net, Kernels::kFast, images);
  CHECK(ours.scalar_type() == torch::kFloat);
  CHECK(error_of(ours, exact) < 0.05);
}

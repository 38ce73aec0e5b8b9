// SPDX-License-Identifier: MIT
#include "model/batch_norm.hpp"

#include <torch/nn/modules/batchnorm.h>
#include <torch/types.h>

#include "core/error.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "support/kernels_guard.hpp"

using resnet::BatchNorm;
using resnet::Kernels;

namespace {

torch::Tensor channels_last_noise(at::IntArrayRef sizes) {
  return torch::randn(sizes).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

TEST_CASE("with bn_batch 0 batch norm is LibTorch's BatchNorm2d, state and all") {
  const KernelsGuard guard;
  resnet::set_kernels(Kernels::kEager);
  BatchNorm ours(5, /*bn_batch=*/0);
  torch::nn::BatchNorm2d theirs(5);
  const torch::Tensor x = channels_last_noise({4, 5, 6, 6});

  CHECK(torch::equal(ours.forward(x), theirs->forward(x)));
  ours.eval();
  theirs->eval();
  CHECK(torch::equal(ours.forward(x), theirs->forward(x)));

  CHECK(ours.named_parameters().keys() == theirs->named_parameters().keys());
  CHECK(ours.named_buffers().keys() == theirs->named_buffers().keys());
  for (const auto& buffer : theirs->named_buffers()) {
    CAPTURE(buffer.key());
    CHECK(torch::equal(ours.named_buffers()[buffer.key()], buffer.value()));
  }
}

TEST_CASE("with bn_batch each group of images is normalised by itself, and the running statistics see them in order") {
  const KernelsGuard guard;
  resnet::set_kernels(Kernels::kEager);
  BatchNorm grouped(5, /*bn_batch=*/4);
  torch::nn::BatchNorm2d reference(5);
  const torch::Tensor x = channels_last_noise({8, 5, 6, 6});

  const torch::Tensor y = grouped.forward(x);
  const torch::Tensor first = reference->forward(x.slice(0, 0, 4));
  const torch::Tensor second = reference->forward(x.slice(0, 4, 8));

  CHECK(torch::equal(y, torch::cat({first, second})));
  CHECK(y.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(torch::equal(grouped.running_mean, reference->running_mean));
  CHECK(torch::equal(grouped.running_var, reference->running_var));
  CHECK(grouped.num_batches_tracked.item<std::int64_t>() == 2);
  CHECK_FALSE(torch::allclose(y, BatchNorm(5, /*bn_batch=*/0).forward(x)));
}

TEST_CASE("the count of batches stays a whole number in whatever type the net is") {
  const auto net = resnet::make_model(resnet::parse_model_name("resnet8"), /*seed=*/1);
  net->forward(torch::randn({4, 3, 32, 32}));
  for (const auto type : {torch::kDouble, torch::kBFloat16, torch::kFloat}) {
    net->to(type);
    net->to(torch::kCPU, type);
    const auto buffers = net->named_buffers();
    CHECK(buffers["layer1.0.bn1.running_mean"].scalar_type() == type);
    CHECK(buffers["layer1.0.bn1.num_batches_tracked"].scalar_type() == torch::kLong);
    CHECK(buffers["layer1.0.bn1.num_batches_tracked"].item<std::int64_t>() == 1);
  }
  net->forward(torch::randn({4, 3, 32, 32}));  // it still counts in the one that is kept
  CHECK(net->named_buffers()["layer1.0.bn1.num_batches_tracked"].item<std::int64_t>() == 2);
}

TEST_CASE("gradients flow through every group") {
  const KernelsGuard guard;
  resnet::set_kernels(GENERATE(Kernels::kFast, Kernels::kEager));
  BatchNorm grouped(5, /*bn_batch=*/4);
  torch::nn::BatchNorm2d reference(5);
  const torch::Tensor x = channels_last_noise({8, 5, 6, 6});
  const torch::Tensor slope = torch::randn({8, 5, 6, 6});

  (grouped.forward(x) * slope).sum().backward();
  (torch::cat({reference->forward(x.slice(0, 0, 4)), reference->forward(x.slice(0, 4, 8))}) * slope).sum().backward();

  CHECK(torch::allclose(grouped.weight.grad(), reference->weight.grad(), 1e-4, 1e-4));
  CHECK(torch::allclose(grouped.bias.grad(), reference->bias.grad(), 1e-4, 1e-4));
}

TEST_CASE("the fast kernels move the same state: each group is one more batch") {
  BatchNorm fast(16, /*bn_batch=*/4);
  BatchNorm eager(16, /*bn_batch=*/4);
  const torch::Tensor x = channels_last_noise({8, 16, 6, 6});
  const torch::Tensor residual = channels_last_noise({8, 16, 6, 6});
  const torch::Tensor y = fast.forward_relu(x, residual).to_layers;

  const KernelsGuard guard;
  resnet::set_kernels(Kernels::kEager);
  CHECK(torch::allclose(y, (eager.forward(x) + residual).relu(), 1e-5, 1e-5));
  CHECK(fast.num_batches_tracked.item<std::int64_t>() == 2);
  for (const auto& buffer : eager.named_buffers()) {
    CAPTURE(buffer.key());
    CHECK(torch::allclose(fast.named_buffers()[buffer.key()], buffer.value(), 1e-6, 1e-6));
  }
}

TEST_CASE("evaluation mode knows no groups, so any number of images will do") {
  BatchNorm grouped(5, /*bn_batch=*/4);
  grouped.eval();
  CHECK_NOTHROW(grouped.forward(channels_last_noise({7, 5, 6, 6})));
}

TEST_CASE("a batch that does not divide into groups, or has no variance, is refused in training and moves no state") {
  const KernelsGuard guard;
  resnet::set_kernels(GENERATE(Kernels::kFast, Kernels::kEager));
  BatchNorm grouped(5, /*bn_batch=*/4);
  const torch::Tensor six = channels_last_noise({6, 5, 6, 6});
  CHECK_THROWS_WITH(grouped.forward(six), Catch::Contains("6 images does not divide into groups of 4"));
  CHECK_THROWS_AS(grouped.forward_relu(six), resnet::Error);
  BatchNorm whole(5, /*bn_batch=*/0);
  const torch::Tensor pixel = channels_last_noise({1, 5, 1, 1});
  CHECK_THROWS_WITH(whole.forward(pixel), Catch::Contains("no variance to train with"));
  CHECK_THROWS_AS(whole.forward_relu(pixel), resnet::Error);
  for (const BatchNorm* norm : {&grouped, &whole}) {
    CHECK(norm->num_batches_tracked.item<std::int64_t>() == 0);
    CHECK(torch::equal(norm->running_mean, torch::zeros(5)));
    CHECK(torch::equal(norm->running_var, torch::ones(5)));
  }
}

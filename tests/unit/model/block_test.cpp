// SPDX-License-Identifier: MIT
#include <torch/types.h>
#include <torch/utils.h>

#include <initializer_list>

#include "model/bottleneck_block.hpp"
#include "model/plain_block.hpp"
#include "model/residual_block.hpp"
#include "support/catch.hpp"
#include "support/kernels_guard.hpp"

using namespace resnet;

namespace {

torch::Tensor channels_last_noise(at::IntArrayRef sizes) {
  return torch::randn(sizes).contiguous(at::MemoryFormat::ChannelsLast);
}

torch::Tensor through(resnet::Block& block, const torch::Tensor& x) { return block.forward(Activation(x)).to_layers; }

/// Makes F(x) = 0.
void silence(torch::nn::Module& block) {
  const torch::NoGradGuard no_grad;
  block.named_parameters()["bn2.weight"].zero_();
}

}  // namespace

TEST_CASE("a residual block whose F is zero gives relu(x): the second ReLU follows the addition (Figure 2)") {
  ResidualBlock block(4, 4, /*stride=*/1, ModelSpec{});
  silence(block);
  const torch::Tensor x = channels_last_noise({2, 4, 8, 8});
  CHECK(torch::equal(through(block, x), x.relu()));
}

TEST_CASE("a plain block has no path around its layers") {
  PlainBlock block(4, 4, /*stride=*/1, /*bn_batch=*/0);
  silence(block);
  CHECK(through(block, channels_last_noise({2, 4, 8, 8})).count_nonzero().item<std::int64_t>() == 0);
}

TEST_CASE("a residual block is F plus its shortcut: its plain twin tells F") {
  ResidualBlock residual(4, 4, /*stride=*/1, ModelSpec{});
  PlainBlock plain(4, 4, /*stride=*/1, /*bn_batch=*/0);
  {
    const torch::NoGradGuard no_grad;
    auto target = plain.named_parameters();
    for (const auto& entry : residual.named_parameters()) target[entry.key()].copy_(entry.value());
    // Shifted far up, F(x) passes the plain block's ReLU whole.
    plain.named_parameters()["bn2.bias"].fill_(100);
    residual.named_parameters()["bn2.bias"].fill_(100);
  }
  const torch::Tensor x = channels_last_noise({2, 4, 8, 8});
  CHECK(torch::allclose(through(residual, x), through(plain, x) + x, 1e-5, 1e-4));
}

TEST_CASE("a bottleneck whose F is zero gives relu(x) (Figure 5, right)") {
  BottleneckBlock block(16, 4, /*stride=*/1, {.shortcut = Shortcut::kProjectionWhereNeeded});
  {
    const torch::NoGradGuard no_grad;
    block.named_parameters()["bn3.weight"].zero_();
  }
  const torch::Tensor x = channels_last_noise({2, 16, 8, 8});
  CHECK(torch::equal(through(block, x), x.relu()));
}

TEST_CASE("a bottleneck reduces by a 1x1 layer to a quarter of its output, and restores by another (Figure 5, right)") {
  const auto parameters =
      BottleneckBlock(256, 64, /*stride=*/1, {.shortcut = Shortcut::kProjectionWhereNeeded}).named_parameters();
  CHECK(parameters["conv1.weight"].sizes() == at::IntArrayRef({64, 256, 1, 1}));
  CHECK(parameters["conv2.weight"].sizes() == at::IntArrayRef({64, 64, 3, 3}));
  CHECK(parameters["conv3.weight"].sizes() == at::IntArrayRef({256, 64, 1, 1}));
}

TEST_CASE("with its stride on the 1x1 a bottleneck sees every second pixel, with the stride on the 3x3 all of them") {
  const auto sees_odd_pixels = [](BottleneckStride stride) {
    BottleneckBlock block(4, 4, /*stride=*/2,
                          {.shortcut = Shortcut::kProjectionWhereNeeded, .bottleneck_stride = stride});
    block.eval();
    const torch::Tensor x = channels_last_noise({1, 4, 8, 8});
    torch::Tensor changed = x.clone();
    changed.slice(2, 1, 8, 2).add_(1);
    CHECK(through(block, x).sizes() == at::IntArrayRef({1, 16, 4, 4}));
    return !torch::equal(through(block, changed), through(block, x));
  };
  CHECK_FALSE(sees_odd_pixels(BottleneckStride::k1x1));
  CHECK(sees_odd_pixels(BottleneckStride::k3x3));
}

TEST_CASE("blocks leave their input as it was, and keep channels-last") {
  const KernelsGuard guard;
  set_kernels(GENERATE(Kernels::kFast, Kernels::kEager));
  const torch::Tensor x = channels_last_noise({2, 4, 8, 8});
  const torch::Tensor before = x.clone();
  ResidualBlock same(4, 4, 1, ModelSpec{});
  ResidualBlock padding(4, 8, 2, ModelSpec{});
  ResidualBlock projecting(4, 8, 2, {.shortcut = Shortcut::kProjectionWhereNeeded});
  PlainBlock plain(4, 8, 2, 0);
  BottleneckBlock bottleneck(4, 4, 1, ModelSpec{});
  for (Block* block : std::initializer_list<Block*>{&same, &padding, &projecting, &plain, &bottleneck}) {
    CHECK(through(*block, x).is_contiguous(at::MemoryFormat::ChannelsLast));
  }
  CHECK(torch::equal(x, before));
}

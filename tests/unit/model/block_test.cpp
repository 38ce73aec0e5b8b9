// SPDX-License-Identifier: MIT
#include <torch/types.h>
#include <torch/utils.h>

#include <initializer_list>

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

TEST_CASE("blocks leave their input as it was, and keep channels-last") {
  const KernelsGuard guard;
  set_kernels(GENERATE(Kernels::kFast, Kernels::kEager));
  const torch::Tensor x = channels_last_noise({2, 4, 8, 8});
  const torch::Tensor before = x.clone();
  ResidualBlock same(4, 4, 1, ModelSpec{});
  ResidualBlock padding(4, 8, 2, ModelSpec{});
  ResidualBlock projecting(4, 8, 2, {.shortcut = Shortcut::kProjectionWhereNeeded});
  PlainBlock plain(4, 8, 2, 0);
  for (Block* block : std::initializer_list<Block*>{&same, &padding, &projecting, &plain}) {
    CHECK(through(*block, x).is_contiguous(at::MemoryFormat::ChannelsLast));
  }
  CHECK(torch::equal(x, before));
}

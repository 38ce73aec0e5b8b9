// SPDX-License-Identifier: MIT
#include <torch/types.h>
#include <torch/utils.h>

#include "model/plain_block.hpp"
#include "model/residual_block.hpp"
#include "support/catch.hpp"

using namespace resnet;

namespace {

torch::Tensor channels_last_noise(at::IntArrayRef sizes) {
  return torch::randn(sizes).contiguous(at::MemoryFormat::ChannelsLast);
}

/// Makes F(x) = 0.
void silence(torch::nn::Module& block) {
  const torch::NoGradGuard no_grad;
  block.named_parameters()["bn2.weight"].zero_();
}

}  // namespace

TEST_CASE("a residual block whose F is zero gives relu(x): the second ReLU follows the addition (Figure 2)") {
  ResidualBlock block(4, 4, /*stride=*/1, Shortcut::kZeroPadding, /*bn_batch=*/0);
  silence(block);
  const torch::Tensor x = channels_last_noise({2, 4, 8, 8});
  CHECK(torch::equal(block.forward(x), x.relu()));
}

TEST_CASE("a plain block has no path around its layers") {
  PlainBlock block(4, 4, /*stride=*/1, /*bn_batch=*/0);
  silence(block);
  CHECK(block.forward(channels_last_noise({2, 4, 8, 8})).count_nonzero().item<std::int64_t>() == 0);
}

TEST_CASE("a residual block is F plus its shortcut: its plain twin tells F") {
  ResidualBlock residual(4, 4, /*stride=*/1, Shortcut::kZeroPadding, /*bn_batch=*/0);
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
  CHECK(torch::allclose(residual.forward(x), plain.forward(x) + x, 1e-5, 1e-4));
}

TEST_CASE("blocks leave their input as it was") {
  const torch::Tensor x = channels_last_noise({2, 4, 8, 8});
  const torch::Tensor before = x.clone();
  ResidualBlock(4, 4, 1, Shortcut::kZeroPadding, 0).forward(x);
  ResidualBlock(4, 8, 2, Shortcut::kZeroPadding, 0).forward(x);
  PlainBlock(4, 4, 1, 0).forward(x);
  CHECK(torch::equal(x, before));
}

TEST_CASE("blocks keep channels-last") {
  const torch::Tensor x = channels_last_noise({2, 4, 8, 8});
  CHECK(ResidualBlock(4, 8, 2, Shortcut::kZeroPadding, 0).forward(x).is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(ResidualBlock(4, 8, 2, Shortcut::kProjectionWhereNeeded, 0)
            .forward(x)
            .is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(PlainBlock(4, 8, 2, 0).forward(x).is_contiguous(at::MemoryFormat::ChannelsLast));
}

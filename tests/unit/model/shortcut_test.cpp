// SPDX-License-Identifier: MIT
#include "model/shortcut.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include "core/error.hpp"
#include "support/catch.hpp"

using namespace resnet;

namespace {

torch::Tensor channels_last_noise(at::IntArrayRef sizes) {
  return torch::randn(sizes, torch::kDouble).contiguous(at::MemoryFormat::ChannelsLast);
}

ShortcutPath make_path(std::int64_t in, std::int64_t out, std::int64_t stride, Shortcut option,
                       ShortcutPadding padding = ShortcutPadding::kEnd) {
  ShortcutPath path(in, out, stride, {.shortcut = option, .shortcut_padding = padding});
  path.to(torch::kDouble);
  return path;
}

}  // namespace

TEST_CASE("every option gives out channels on a map of half the size, rounded up") {
  const Shortcut option =
      GENERATE(Shortcut::kZeroPadding, Shortcut::kProjectionWhereNeeded, Shortcut::kProjectionEverywhere);
  CAPTURE(shortcut_name(option));
  const torch::Tensor y = make_path(16, 32, 2, option).forward(channels_last_noise({2, 16, 8, 7}));
  CHECK(y.sizes() == at::IntArrayRef({2, 32, 4, 4}));
  CHECK(y.is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST_CASE("option A takes every second pixel and puts its zero channels after the copied ones") {
  const torch::Tensor x = channels_last_noise({2, 16, 8, 8}).requires_grad_();
  const torch::Tensor y = make_path(16, 32, 2, Shortcut::kZeroPadding).forward(x);

  for (const auto& [row, column] : {std::pair{0, 0}, {1, 2}, {3, 3}}) {
    CHECK(torch::equal(y.slice(1, 0, 16).select(2, row).select(2, column), x.select(2, 2 * row).select(2, 2 * column)));
  }
  CHECK(y.slice(1, 16, 32).count_nonzero().item<std::int64_t>() == 0);

  y.sum().backward();
  CHECK(x.grad().sum().item<double>() == 2 * 16 * 4 * 4);
  CHECK(x.grad().slice(2, 0, 8, 2).slice(3, 0, 8, 2).min().item<double>() == 1);
}

TEST_CASE("option A's symmetric padding puts half of the zero channels before the copied ones, rounded down") {
  const torch::Tensor x = channels_last_noise({2, 16, 8, 8});
  const std::int64_t out = GENERATE(32, 27);
  CAPTURE(out);
  const torch::Tensor y = make_path(16, out, 2, Shortcut::kZeroPadding, ShortcutPadding::kSymmetric).forward(x);
  const std::int64_t before = out == 32 ? 8 : 5;
  CHECK(torch::equal(y.slice(1, before, before + 16), x.slice(2, 0, 8, 2).slice(3, 0, 8, 2)));
  CHECK(y.count_nonzero().item<std::int64_t>() == 2 * 16 * 4 * 4);
}

TEST_CASE("options A and B pass x through untouched where it fits; C projects it") {
  const torch::Tensor x = channels_last_noise({2, 16, 8, 8});
  CHECK(make_path(16, 16, 1, Shortcut::kZeroPadding).forward(x).is_same(x));
  CHECK(make_path(16, 16, 1, Shortcut::kProjectionWhereNeeded).forward(x).is_same(x));
  CHECK_FALSE(torch::allclose(make_path(16, 16, 1, Shortcut::kProjectionEverywhere).forward(x), x));
}

TEST_CASE("only projections have parameters: a 1x1 convolution named 0 and its batch norm named 1") {
  CHECK(make_path(16, 32, 2, Shortcut::kZeroPadding).parameters().empty());
  const auto state = make_path(16, 32, 2, Shortcut::kProjectionWhereNeeded).named_parameters();
  CHECK(state.keys() == std::vector<std::string>{"0.weight", "1.weight", "1.bias"});
  CHECK(state["0.weight"].sizes() == at::IntArrayRef({32, 16, 1, 1}));
}

TEST_CASE("a projection is a product with W_s at every second pixel, then batch norm (Eqn. 2)") {
  ShortcutPath path = make_path(3, 5, 2, Shortcut::kProjectionWhereNeeded);
  path.eval();  // mean 0, variance 1: batch norm divides by the root of 1 + epsilon
  const torch::Tensor x = channels_last_noise({2, 3, 6, 6});
  const torch::Tensor w = path.named_parameters()["0.weight"].view({5, 3});
  const torch::Tensor expected =
      torch::einsum("oi,nihw->nohw", {w, x.slice(2, 0, 6, 2).slice(3, 0, 6, 2)}) / std::sqrt(1 + 1e-5);
  CHECK(torch::allclose(path.forward(x), expected, 1e-12, 1e-12));
}

TEST_CASE("a shortcut that would drop channels under option A, or has no channels or stride, is refused") {
  CHECK_THROWS_WITH(make_path(32, 16, 1, Shortcut::kZeroPadding), Catch::Contains("32 in, 16 out"));
  CHECK_NOTHROW(make_path(32, 16, 1, Shortcut::kProjectionWhereNeeded));
  CHECK_THROWS_AS(make_path(0, 16, 1, Shortcut::kZeroPadding), Error);
  CHECK_THROWS_AS(make_path(16, 0, 1, Shortcut::kProjectionEverywhere), Error);
  CHECK_THROWS_AS(make_path(16, 16, 0, Shortcut::kProjectionWhereNeeded), Error);
}

// SPDX-License-Identifier: MIT
#include "tensor/sample_and_pad.hpp"

#include <torch/autograd.h>
#include <torch/types.h>

#include <vector>

#include "support/catch.hpp"
#include "support/kernels_guard.hpp"

using namespace resnet;
using torch::Tensor;

namespace {

Tensor noise(at::IntArrayRef sizes, at::ScalarType dtype) {
  return torch::randn(sizes).to(dtype).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

TEST_CASE("pixels are sampled and channels of zeros added as by LibTorch's slices and padding, bit for bit") {
  const KernelsGuard guard;
  const at::ScalarType dtype = GENERATE(at::kFloat, at::kBFloat16, at::kDouble);
  const std::int64_t stride = GENERATE(1, 2, 3);
  using Sizes = std::vector<std::int64_t>;
  const auto sizes = GENERATE(Sizes{4, 16, 32, 32}, Sizes{2, 3, 5, 4}, Sizes{1, 1, 1, 1}, Sizes{2, 17, 7, 9});
  const auto zeros = GENERATE(ZeroChannels{0, 16}, ZeroChannels{8, 8}, ZeroChannels{3, 0});
  CAPTURE(dtype, stride, sizes, zeros.before, zeros.after);
  const Tensor x = noise(sizes, dtype);
  std::vector<Tensor> y, dx;
  for (const Kernels choice : {Kernels::kFast, Kernels::kEager}) {
    set_kernels(choice);
    const Tensor leaf = x.clone().requires_grad_();
    y.push_back(sample_and_pad(leaf, zeros, stride));
    y.back().backward(torch::arange(y.back().numel(), at::kDouble).view(y.back().sizes()).to(dtype));
    dx.push_back(leaf.grad());
  }
  CHECK(torch::equal(y[0], y[1]));
  CHECK(torch::equal(dx[0], dx[1]));
  for (const Tensor& result : y) {
    CHECK(result.is_contiguous(at::MemoryFormat::ChannelsLast));
    CHECK(result.scalar_type() == dtype);
  }
}

TEST_CASE("no channels may be added") {
  const Tensor x = noise({2, 16, 4, 4}, at::kFloat);
  CHECK(torch::equal(sample_and_pad(x, {}, 1), x));
}

TEST_CASE("other layouts, and maps without numbers, give LibTorch's result") {
  const Tensor x = torch::randn({2, 16, 4, 4});
  CHECK(torch::equal(sample_and_pad(x, {.after = 16}, 2),
                     sample_and_pad(noise({2, 16, 4, 4}, at::kFloat).copy_(x), {.after = 16}, 2)));
  CHECK(sample_and_pad(noise({0, 16, 4, 4}, at::kFloat), {.after = 16}, 2).sizes() == at::IntArrayRef({0, 32, 2, 2}));
}

TEST_CASE("a copy whose input needs no gradient is in no graph, and a second derivative is refused with the cure") {
  Tensor x = noise({2, 16, 4, 4}, at::kFloat);
  CHECK_FALSE(sample_and_pad(x, {.after = 16}, 2).requires_grad());
  x.requires_grad_();
  const Tensor y = sample_and_pad(x, {.after = 16}, 2).square().sum();
  CHECK_THROWS_WITH(torch::autograd::grad({y}, {x}, {}, /*retain_graph=*/true, /*create_graph=*/true),
                    Catch::Contains("--kernels eager"));
}

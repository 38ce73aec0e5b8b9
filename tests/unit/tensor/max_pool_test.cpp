// SPDX-License-Identifier: MIT
#include "tensor/max_pool.hpp"

#include <torch/autograd.h>
#include <torch/types.h>

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/each_simd_target.hpp"
#include "support/kernels_guard.hpp"

using namespace resnet;
using torch::Tensor;

namespace {

// Rounded to whole numbers, so that many are equal.
Tensor noise(at::IntArrayRef sizes, at::ScalarType dtype) {
  return torch::randn(sizes).mul(3).round().to(dtype).contiguous(at::MemoryFormat::ChannelsLast);
}

void check_as_libtorch(const Tensor& x, const PoolWindows& windows) {
  const KernelsGuard guard;
  std::vector<Tensor> y, dx;
  for (const Kernels choice : {Kernels::kFast, Kernels::kEager}) {
    set_kernels(choice);
    const Tensor leaf = x.clone().requires_grad_();
    y.push_back(max_pool(leaf, windows));
    y.back().backward(
        torch::arange(y.back().numel(), at::kDouble).remainder(8).view(y.back().sizes()).to(x.scalar_type()));
    dx.push_back(leaf.grad());
    CHECK(torch::equal(max_pool(x, windows), y.back()));
  }
  CHECK(torch::equal(y[0], y[1]));
  CHECK(torch::equal(dx[0], dx[1]));
  CHECK(y[0].is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(y[0].scalar_type() == x.scalar_type());
}

}  // namespace

TEST_CASE("a max pool and its gradient are LibTorch's, bit for bit, also of equal numbers") {
  const at::ScalarType dtype = GENERATE(at::kFloat, at::kBFloat16, at::kDouble);
  const PoolWindows windows = GENERATE(PoolWindows{3, 2, 1}, PoolWindows{2, 2, 0}, PoolWindows{3, 1, 1});
  using Sizes = std::vector<std::int64_t>;
  const auto sizes = GENERATE(Sizes{2, 64, 28, 30}, Sizes{3, 17, 7, 9}, Sizes{1, 1, 3, 2});
  CAPTURE(dtype, windows.kernel, windows.stride, sizes);
  check_as_libtorch(noise(sizes, dtype), windows);
}

TEST_CASE("the largest windows, and those of more taps than a byte can number, give LibTorch's result and gradient") {
  const PoolWindows windows = GENERATE(PoolWindows{15, 4, 7}, PoolWindows{16, 4, 8}, PoolWindows{17, 4, 8});
  CAPTURE(windows.kernel);
  check_as_libtorch(noise({2, 17, 20, 18}, at::kFloat), windows);
}

TEST_CASE("in bfloat16 the gradient is summed in float32 and rounded once") {
  const Tensor x = noise({2, 19, 12, 13}, at::kBFloat16);
  // Numbers that take all eight bits of a bfloat16: most sums take more, and neither float32 nor double rounds them.
  const Tensor dy = torch::randint(128, 256, {2, 19, 12, 13}, torch::kDouble);
  const auto gradient = [&](at::ScalarType dtype) {
    const Tensor leaf = x.to(dtype).detach().requires_grad_();
    max_pool(leaf, {3, 1, 1}).backward(dy.to(dtype));
    return leaf.grad();
  };
  const Tensor exact = gradient(at::kDouble);
  const Tensor rounded = exact.to(at::kBFloat16);
  CHECK_FALSE(torch::equal(rounded.to(at::kDouble), exact));
  on_each_target([&] { CHECK(torch::equal(gradient(at::kBFloat16), rounded)); });
}

TEST_CASE("other layouts, and maps without images, give LibTorch's result") {
  const Tensor x = torch::randn({2, 16, 6, 6});
  CHECK(torch::equal(max_pool(x, {3, 2, 1}), at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1})));
  CHECK(max_pool(noise({0, 16, 6, 6}, at::kFloat), {3, 2, 1}).sizes() == at::IntArrayRef({0, 16, 3, 3}));
}

TEST_CASE("NaN stays visible through a max pool") {
  Tensor x = noise({1, 16, 4, 4}, at::kFloat);
  x[0][3][1][1] = std::numeric_limits<float>::quiet_NaN();
  const Tensor y = max_pool(x, {3, 2, 1});
  CHECK(torch::equal(y.isnan(), at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1}).isnan()));
  CHECK(y.isnan().sum().item<std::int64_t>() == 4);
}

TEST_CASE("a second derivative of a max pool is refused with the cure") {
  const Tensor x = noise({2, 16, 4, 4}, at::kFloat).requires_grad_();
  const Tensor y = max_pool(x, {3, 2, 1}).square().sum();
  CHECK_THROWS_WITH(torch::autograd::grad({y}, {x}, {}, /*retain_graph=*/true, /*create_graph=*/true),
                    Catch::Contains("--kernels eager"));
}

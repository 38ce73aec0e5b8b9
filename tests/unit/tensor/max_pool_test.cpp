// SPDX-License-Identifier: MIT
#include "tensor/max_pool.hpp"

#include <torch/autograd.h>
#include <torch/types.h>

#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/kernels_guard.hpp"

using namespace resnet;
using torch::Tensor;

namespace {

// Rounded to whole numbers, so that many are equal.
Tensor noise(at::IntArrayRef sizes, at::ScalarType dtype) {
  return torch::randn(sizes).mul(3).round().to(dtype).contiguous(at::MemoryFormat::ChannelsLast);
}

}  // namespace

TEST_CASE("a max pool and its gradient are LibTorch's, bit for bit, also of equal numbers") {
  torch::manual_seed(3);
  const KernelsGuard guard;
  const at::ScalarType dtype = GENERATE(at::kFloat, at::kBFloat16, at::kDouble);
  const PoolWindows windows = GENERATE(PoolWindows{3, 2, 1}, PoolWindows{2, 2, 0}, PoolWindows{3, 1, 1});
  using Sizes = std::vector<std::int64_t>;
  const auto sizes = GENERATE(Sizes{2, 64, 28, 30}, Sizes{3, 17, 7, 9}, Sizes{1, 1, 3, 2});
  CAPTURE(dtype, windows.kernel, windows.stride, sizes);
  const Tensor x = noise(sizes, dtype);
  std::vector<Tensor> y, dx;
  for (const Kernels choice : {Kernels::kFast, Kernels::kEager}) {
    set_kernels(choice);
    const Tensor leaf = x.clone().requires_grad_();
    y.push_back(max_pool(leaf, windows));
    y.back().backward(torch::arange(y.back().numel(), at::kDouble).remainder(8).view(y.back().sizes()).to(dtype));
    dx.push_back(leaf.grad());
  }
  CHECK(torch::equal(y[0], y[1]));
  CHECK(torch::equal(dx[0], dx[1]));
  CHECK(y[0].is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(y[0].scalar_type() == dtype);
  CHECK(torch::equal(max_pool(x, windows), y[0]));
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

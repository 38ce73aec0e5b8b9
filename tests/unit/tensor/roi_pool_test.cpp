// SPDX-License-Identifier: MIT
#include "tensor/roi_pool.hpp"

#include <ATen/Parallel.h>
#include <torch/autograd.h>
#include <torch/types.h>

#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/each_simd_target.hpp"
#include "support/kernels_guard.hpp"

using namespace resnet;
using torch::Tensor;

namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;
constexpr double kScale = 1.0 / 16;

// Rounded to whole numbers, so that many are equal.
Tensor noise(at::IntArrayRef sizes, at::ScalarType dtype) {
  return torch::randn(sizes).mul(3).round().to(dtype).contiguous(kChannelsLast);
}

// On a map of 20 x 16 pixels and around it.
Tensor made_up_regions(std::int64_t count) {
  const Tensor starts = torch::rand({count, 2}) * 300 - 40;
  const Tensor regions = torch::cat({starts, starts + torch::rand({count, 2}) * 300}, 1);
  if (count >= 3) {
    regions[0].copy_(torch::tensor({-1000.0F, -1000.0F, 5000.0F, 5000.0F}));
    regions[1].copy_(torch::tensor({-200.0F, 20.0F, -100.0F, 60.0F}));
    regions[2].copy_(torch::tensor({40.0F, 40.0F, 40.0F, 40.0F}));
  }
  return regions;
}

struct Result {
  Tensor y;
  Tensor gradient;
};

Result pool(const Tensor& map, const Tensor& regions, std::int64_t grid, const Tensor& dy) {
  const Tensor leaf = map.detach().clone().requires_grad_();
  const Tensor y = roi_pool(leaf, regions, kScale, grid);
  y.backward(dy);
  return {y.detach(), leaf.grad()};
}

Tensor whole_gradient(std::int64_t regions, std::int64_t channels, std::int64_t grid, at::ScalarType dtype) {
  return torch::arange(regions * channels * grid * grid, at::kDouble)
      .remainder(8)
      .view({regions, channels, grid, grid})
      .to(dtype);
}

}  // namespace

TEST_CASE("RoI pooling and its gradient are those of LibTorch's operations, also of equal numbers and empty bins") {
  const KernelsGuard guard;
  const at::ScalarType dtype = GENERATE(at::kFloat, at::kBFloat16, at::kDouble);
  const std::int64_t channels = GENERATE(64, 17, 1);
  const std::int64_t grid = GENERATE(1, 7, 14);
  const std::int64_t regions = GENERATE(0, 1, 9);
  CAPTURE(dtype, channels, grid, regions);
  const Tensor map = noise({1, channels, 16, 20}, dtype);
  const Tensor where = made_up_regions(regions);
  const Tensor dy = whole_gradient(regions, channels, grid, dtype);
  std::vector<Result> results;
  for (const Kernels choice : {Kernels::kFast, Kernels::kEager}) {
    set_kernels(choice);
    const Result& result = results.emplace_back(pool(map, where, grid, dy));
    CHECK(torch::equal(roi_pool(map, where, kScale, grid), result.y));
    CHECK(result.y.sizes() == at::IntArrayRef({regions, channels, grid, grid}));
    CHECK(result.y.is_contiguous(kChannelsLast));
    CHECK(result.y.scalar_type() == dtype);
    CHECK(result.gradient.scalar_type() == dtype);
  }
  CHECK(torch::equal(results[0].y, results[1].y));
  CHECK(torch::equal(results[0].gradient, results[1].gradient));
}

TEST_CASE("the gradient of RoI pooling is what a small change of each number does") {
  const KernelsGuard guard;
  set_kernels(GENERATE(Kernels::kFast, Kernels::kEager));
  // All different, so that a change by less than a half changes no order.
  const Tensor map = torch::randperm(3 * 6 * 7).to(at::kFloat).view({1, 3, 6, 7}).contiguous(kChannelsLast);
  const Tensor regions = made_up_regions(5).mul(0.4);
  const Tensor dy = whole_gradient(5, 3, 3, at::kFloat);
  const Tensor gradient = pool(map, regions, 3, dy).gradient;
  const auto loss = [&](const Tensor& x) { return roi_pool(x, regions, kScale, 3).mul(dy).sum(); };
  for (std::int64_t i = 0; i < map.numel(); ++i) {
    const Tensor change = torch::zeros({map.numel()}).index_fill(0, torch::tensor({i}), 0.25).view(map.sizes());
    const Tensor slope = (loss(map + change) - loss(map - change)) * 2;
    CHECK(slope.item<float>() == gradient.flatten()[i].item<float>());
  }
}

TEST_CASE("in bfloat16 the gradient of RoI pooling is summed in float32 and rounded once") {
  const KernelsGuard guard;
  const Tensor map = noise({1, 19, 16, 20}, at::kBFloat16);
  const Tensor regions = made_up_regions(30);
  // Numbers that take all eight bits of a bfloat16: most sums take more, and neither float32 nor double rounds them.
  const Tensor dy = torch::randint(128, 256, {30, 19, 7, 7}, torch::kDouble);
  const auto gradient = [&](at::ScalarType dtype) { return pool(map.to(dtype), regions, 7, dy.to(dtype)).gradient; };
  const Tensor exact = gradient(at::kDouble);
  const Tensor rounded = exact.to(at::kBFloat16);
  CHECK_FALSE(torch::equal(rounded.to(at::kDouble), exact));
  on_each_target([&] { CHECK(torch::equal(gradient(at::kBFloat16), rounded)); });
  set_kernels(Kernels::kEager);
  CHECK(torch::equal(gradient(at::kBFloat16), rounded));
}

TEST_CASE("the number of threads changes no bit of RoI pooling and its gradient") {
  const int before = at::get_num_threads();
  const at::ScalarType dtype = GENERATE(at::kFloat, at::kBFloat16);
  const Tensor map = torch::randn({1, 400, 16, 20}).to(dtype).contiguous(kChannelsLast);
  const Tensor regions = made_up_regions(40);
  const Tensor dy = torch::randn({40, 400, 7, 7}).to(dtype);
  at::set_num_threads(1);
  const Result one = pool(map, regions, 7, dy);
  for (const int threads : {2, 3}) {
    CAPTURE(threads);
    at::set_num_threads(threads);
    const Result more = pool(map, regions, 7, dy);
    CHECK(torch::equal(more.y, one.y));
    CHECK(torch::equal(more.gradient, one.gradient));
  }
  at::set_num_threads(before);
}

TEST_CASE("other layouts, maps of more pixels than our kernels count, and regions of other types give the same") {
  const Tensor map = noise({1, 16, 16, 20}, at::kFloat);
  const Tensor regions = made_up_regions(9);
  const Tensor y = roi_pool(map, regions, kScale, 7);
  CHECK(torch::equal(roi_pool(map.contiguous(), regions, kScale, 7), y));
  CHECK(torch::equal(roi_pool(map, regions.to(at::kDouble), kScale, 7), y));
  CHECK(torch::equal(roi_pool(map, regions.t().contiguous().t(), kScale, 7), y));
  const Tensor between = torch::stack({map, map + 1}, 4).select(4, 0);
  CHECK(torch::equal(roi_pool(between, regions, kScale, 7), y));

  const Tensor large = noise({1, 3, 257, 256}, at::kFloat);
  const Tensor corner = torch::tensor({{250.0F, 250.0F, 255.0F, 256.0F}});
  CHECK(torch::equal(roi_pool(large, corner, 1, 1), large.slice(2, 250, 257).slice(3, 250, 256).amax({2, 3}, true)));
}

TEST_CASE("NaN stays visible through RoI pooling, and gets the gradient") {
  const KernelsGuard guard;
  set_kernels(GENERATE(Kernels::kFast, Kernels::kEager));
  Tensor map = noise({1, 16, 8, 8}, at::kFloat);
  map[0][3][2][5] = std::numeric_limits<float>::quiet_NaN();
  const Tensor regions = torch::tensor({{0.0F, 0.0F, 127.0F, 127.0F}});
  const Result result = pool(map, regions, 2, torch::ones({1, 16, 2, 2}));
  CHECK(result.y.isnan().sum().item<std::int64_t>() == 1);
  CHECK(result.y[0][3][0][1].isnan().item<bool>());
  CHECK(result.gradient[0][3][2][5].item<float>() == 1);
}

TEST_CASE("RoI pooling has no part in a graph without a reason, and gives regions no gradient") {
  const Tensor map = noise({1, 16, 8, 8}, at::kFloat);
  const Tensor regions = made_up_regions(3).requires_grad_();
  CHECK_FALSE(roi_pool(map, regions, kScale, 7).requires_grad());
}

TEST_CASE("RoI pooling refuses other shapes, and regions that are not finite, with the cure") {
  const Tensor map = noise({1, 16, 8, 8}, at::kFloat);
  const Tensor regions = made_up_regions(3);
  CHECK_THROWS_WITH(roi_pool(noise({2, 16, 8, 8}, at::kFloat), regions, kScale, 7), Catch::Contains("one image"));
  CHECK_THROWS_WITH(roi_pool(map, regions.slice(1, 0, 3), kScale, 7), Catch::Contains("left, top, right and bottom"));
  CHECK_THROWS_WITH(roi_pool(map, regions, kScale, 0), Catch::Contains("expected 1 or more"));
  for (const float wrong : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    regions[1][2] = wrong;
    CHECK_THROWS_WITH(roi_pool(map, regions, kScale, 7), Catch::Contains("Lower the rate"));
  }
}

TEST_CASE("a second derivative of RoI pooling is refused with the cure") {
  const Tensor map = noise({1, 16, 8, 8}, at::kFloat).requires_grad_();
  const Tensor y = roi_pool(map, made_up_regions(3), kScale, 7).square().sum();
  CHECK_THROWS_WITH(torch::autograd::grad({y}, {map}, {}, /*retain_graph=*/true, /*create_graph=*/true),
                    Catch::Contains("--kernels eager"));
}

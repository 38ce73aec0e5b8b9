// SPDX-License-Identifier: MIT
#include "tensor/convolve.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "kernel/amx_gradient.hpp"
#include "kernel/winograd.hpp"
#include "support/catch.hpp"
#include "support/each_simd_target.hpp"
#include "support/kernels_guard.hpp"
#include "support/skip.hpp"
#include "tensor/precision.hpp"

namespace resnet {
namespace {

using at::Tensor;
using Catch::Contains;

struct Sizes {
  std::int64_t images;
  std::int64_t in;
  std::int64_t out;
  std::int64_t height;
  std::int64_t width;
};

// Of kinds that Winograd takes: the CIFAR nets' layers, odd maps, other widths of map and of layer, and ImageNet nets'
// layers so wide that their weights are read in another order.
const std::vector<Sizes> kWinogradSizes = {{8, 16, 16, 32, 32}, {7, 32, 32, 15, 17},   {64, 64, 64, 8, 8},
                                           {9, 16, 48, 5, 31},  {3, 80, 32, 28, 28},   {64, 16, 32, 4, 5},
                                           {8, 512, 512, 7, 7}, {16, 128, 128, 14, 14}};

// And of kinds that it leaves to LibTorch: other widths, few tiles, tiny maps, no images.
const std::vector<Sizes> kOtherSizes = {{4, 3, 16, 32, 32}, {2, 20, 12, 9, 9}, {1, 16, 16, 8, 8},
                                        {5, 16, 16, 1, 1},  {2, 16, 32, 2, 3}, {0, 16, 16, 32, 32}};

Tensor noise(at::IntArrayRef sizes) { return at::randn(sizes).contiguous(at::MemoryFormat::ChannelsLast); }

struct Layer {
  explicit Layer(const Sizes& s, std::int64_t kernel = 3)
      : x(noise({s.images, s.in, s.height, s.width})), weight(noise({s.out, s.in, kernel, kernel})) {}

  Tensor x;
  Tensor weight;
};

struct Results {
  Tensor y;
  Tensor dx;
  Tensor dw;
};

// The output and the gradients of sum(y * dy), each where it is wanted.
Results run(const Tensor& x, const Tensor& weight, std::int64_t stride, bool wants_dx = true, bool wants_dw = true) {
  const Tensor leaf_x = x.detach().requires_grad_(wants_dx);
  const Tensor leaf_weight = weight.detach().requires_grad_(wants_dw);
  const Tensor y = convolve(leaf_x, leaf_weight, stride);
  if (y.requires_grad()) {
    // The same numbers in each precision, and another for each output.
    y.backward(at::linspace(-1, 1, y.numel(), at::kDouble).cos().view(y.sizes()).to(y.scalar_type()));
  }
  return {y.detach(), leaf_x.grad(), leaf_weight.grad()};
}

double error_of(const Tensor& ours, const Tensor& exact) {
  const double length = exact.norm().item<double>();
  return (ours.to(at::kDouble) - exact).norm().item<double>() / (length > 0 ? length : 1);
}

bool is_winograd(const Tensor& y) { return y.grad_fn()->name().find("Winograd") != std::string::npos; }

bool winograd_is_here() { return winograd_pays<float>({128, 32, 32, 16, 16}); }

// What is allowed to an output and to a gradient of x. LibTorch's own are off by 1.1e-6 where they are sums of 4608
// products, and ours are not.
double output_bound(const Sizes& s, bool may_be_ours = true) {
  return s.in < 512 || (may_be_ours && winograd_is_here()) ? 1e-6 : 2e-6;
}

TEST_CASE("a convolution with what follows it is the same as one after the other, in double precision") {
  const KernelsGuard guard;
  set_kernels(GENERATE(Kernels::kFast, Kernels::kEager));
  std::vector<Sizes> all = kWinogradSizes;
  all.insert(all.end(), kOtherSizes.begin(), kOtherSizes.end());
  for (const Sizes& s : all) {
    for (const std::int64_t stride : {1, 2}) {
      for (const bool has_residual : {false, true}) {
        for (const bool has_relu : {false, true}) {
          CAPTURE(s.images, s.in, s.out, s.height, s.width, stride, has_residual, has_relu);
          const Layer layer(s);
          Tensor exact = convolve(layer.x.to(at::kDouble), layer.weight.to(at::kDouble), stride);
          ConvolveFinish finish{at::randn({s.out}), std::nullopt, has_relu};
          exact = exact + finish.shift.to(at::kDouble).view({1, -1, 1, 1});
          if (has_residual) {
            finish.residual = noise(exact.sizes());
            exact = exact + finish.residual->to(at::kDouble);
          }
          if (has_relu) exact = exact.relu();
          on_each_target([&] {
            const Tensor ours = convolve_and_finish(layer.x, layer.weight, stride, finish);
            CHECK(ours.sizes() == exact.sizes());
            CHECK(error_of(ours, exact) < output_bound(s, kernels() == Kernels::kFast && stride == 1));
          });
        }
      }
    }
  }
}

TEST_CASE("a residual that is channels-first is added as it is meant") {
  const Layer layer({8, 16, 32, 16, 16});
  const Tensor shift = at::randn({32});
  const Tensor residual = at::randn({8, 32, 16, 16});
  const Tensor exact = convolve(layer.x.to(at::kDouble), layer.weight.to(at::kDouble), 1) +
                       shift.to(at::kDouble).view({1, -1, 1, 1}) + residual.to(at::kDouble);
  on_each_target(
      [&] { CHECK(error_of(convolve_and_finish(layer.x, layer.weight, 1, {shift, residual, false}), exact) < 1e-6); });
}

TEST_CASE("what follows a convolution leaves its inputs alone, and keeps the type of autocast") {
  const Layer layer({8, 16, 16, 16, 16});
  const Tensor residual = noise({8, 16, 16, 16});
  const Tensor before = residual.clone();
  convolve_and_finish(layer.x, layer.weight, 1, {at::zeros({16}), residual, true});
  CHECK(at::equal(residual, before));

  const Tensor exact =
      (convolve(layer.x.to(at::kDouble), layer.weight.to(at::kDouble), 1) + residual.to(at::kDouble)).relu();
  const PrecisionScope precision(Precision::kBFloat16, at::kCPU);
  on_each_target([&] {
    const Tensor y = convolve_and_finish(layer.x, layer.weight, 1, {at::zeros({16}), residual, true});
    CHECK(y.scalar_type() == at::kBFloat16);
    CHECK(error_of(y, exact) < 0.02);
  });
}

TEST_CASE("outputs and gradients are those of double precision on each instruction set, whoever computes them") {
  for (const auto& [kind, sizes] : {std::pair("Winograd's", kWinogradSizes), std::pair("LibTorch's", kOtherSizes)}) {
    for (const Sizes& s : sizes) {
      CAPTURE(kind, s.images, s.in, s.out, s.height, s.width);
      const Layer layer(s);
      const Results exact = run(layer.x.to(at::kDouble), layer.weight.to(at::kDouble), 1);
      on_each_target([&] {
        CHECK(is_winograd(convolve(layer.x, layer.weight.detach().requires_grad_(), 1)) ==
              (winograd_is_here() && std::string_view(kind) == "Winograd's"));
        const Results ours = run(layer.x, layer.weight, 1);
        CHECK(ours.y.sizes() == exact.y.sizes());
        CHECK(error_of(ours.y, exact.y) < output_bound(s));
        CHECK(error_of(ours.dx, exact.dx) < output_bound(s));
        CHECK(error_of(ours.dw, exact.dw) < 1e-5);
        CHECK(ours.y.is_contiguous(at::MemoryFormat::ChannelsLast));
        CHECK(ours.dw.strides() == layer.weight.strides());
      });
    }
  }
}

TEST_CASE(
    "a 1x1 layer with a stride, whose pixels are taken out of the map first, has LibTorch's results and gradients") {
  for (const auto& [height, width] : {std::pair<std::int64_t, std::int64_t>{14, 14}, {7, 9}}) {
    CAPTURE(height, width);
    const Layer layer({4, 32, 48, height, width}, /*kernel=*/1);
    const Results exact = run(layer.x.to(at::kDouble), layer.weight.to(at::kDouble), /*stride=*/2);
    const Results ours = run(layer.x, layer.weight, /*stride=*/2);
    CHECK(ours.y.sizes() == exact.y.sizes());
    CHECK(error_of(ours.y, exact.y) < 1e-6);
    CHECK(error_of(ours.dx, exact.dx) < 1e-6);
    CHECK(error_of(ours.dw, exact.dw) < 1e-6);
    CHECK(ours.dx.is_contiguous(at::MemoryFormat::ChannelsLast));
  }
}

TEST_CASE("a map that needs a gradient takes the same way with and without a graph, as a block that runs twice") {
  const int before = at::get_num_threads();
  at::set_num_threads(1);  // few images without a stride then take other sums of LibTorch than with one
  const Layer layer({4, 256, 64, 16, 16}, /*kernel=*/1);
  const Tensor x = layer.x.detach().requires_grad_();
  const Tensor with_graph = convolve(x, layer.weight, /*stride=*/2);
  const at::NoGradGuard no_gradient;
  const Tensor without_graph = convolve(x, layer.weight, /*stride=*/2);
  at::set_num_threads(before);
  CHECK(at::equal(without_graph, with_graph));
}

TEST_CASE("a kernel of 1 or 5, or stride 2, gives what LibTorch gives") {
  for (const std::int64_t kernel : {1, 3, 5}) {
    for (const std::int64_t stride : {1, 2}) {
      if (kernel == 3 && stride == 1) continue;
      const Layer layer({4, 16, 32, 13, 16}, kernel);
      const Tensor y = convolve(layer.x, layer.weight, stride);
      CHECK(y.sizes() == at::IntArrayRef({4, 32, (13 + stride - 1) / stride, 16 / stride}));
      CHECK(at::equal(y, at::conv2d(layer.x, layer.weight, {}, stride, kernel / 2)));
    }
  }
}

TEST_CASE("other memory formats, types and float32 maps under autocast take LibTorch's operations") {
  const Layer layer({8, 16, 16, 16, 16});
  const auto name = [](const Tensor& x, const Tensor& weight) {
    return convolve(x, weight.detach().requires_grad_(), 1).grad_fn()->name();
  };
  if (winograd_is_here()) CHECK_THAT(name(layer.x, layer.weight), Contains("Winograd"));
  CHECK_THAT(name(layer.x.contiguous(), layer.weight), !Contains("Winograd"));
  CHECK_THAT(name(layer.x.slice(/*dim=*/3, 0, 12), layer.weight), !Contains("Winograd"));
  CHECK_THAT(name(layer.x.to(at::kDouble), layer.weight.to(at::kDouble)), !Contains("Winograd"));
  CHECK_THAT(name(layer.x.to(at::kBFloat16), layer.weight.to(at::kBFloat16)), !Contains("Winograd"));

  for (const Tensor& x : {layer.x.contiguous(), layer.x.slice(3, 0, 12)}) {
    const Results exact = run(x.to(at::kDouble), layer.weight.to(at::kDouble), 1);
    const Results ours = run(x, layer.weight, 1);
    CHECK(error_of(ours.y, exact.y) < 1e-6);
    CHECK(error_of(ours.dx, exact.dx) < 1e-6);
    CHECK(error_of(ours.dw, exact.dw) < 1e-6);
  }

  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCPU, true);
  const Tensor y = convolve(layer.x, layer.weight, 1);
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(at::kCPU, false);
  CHECK(y.scalar_type() == at::kBFloat16);
}

// The same bits under either choice of kernels.
void check_as_libtorch(const Tensor& x, const Tensor& weight) {
  const KernelsGuard guard;
  set_kernels(Kernels::kEager);
  const Results theirs = run(x, weight, 1);
  set_kernels(Kernels::kFast);
  const Results ours = run(x, weight, 1);
  CHECK(ours.y.scalar_type() == theirs.y.scalar_type());
  CHECK(at::equal(ours.y, theirs.y));
  CHECK(at::equal(ours.dx, theirs.dx));
  CHECK(at::equal(ours.dw, theirs.dw));
}

TEST_CASE("a net in another type, as net.to() makes it, has LibTorch's results and gradients, under autocast too") {
  const Layer layer({8, 16, 16, 16, 16});
  for (const auto type : {at::kDouble, at::kBFloat16, at::kHalf}) {
    CAPTURE(type);
    check_as_libtorch(layer.x.to(type), layer.weight.to(type));
  }
  const PrecisionScope precision(Precision::kBFloat16, at::kCPU);
  check_as_libtorch(layer.x.to(at::kBFloat16), layer.weight.to(at::kBFloat16));
  check_as_libtorch(layer.x, layer.weight);
  // Autocast leaves double precision alone, and so does a folded layer.
  const Tensor x = layer.x.to(at::kDouble);
  const Tensor weight = layer.weight.to(at::kDouble);
  const Tensor shift = at::zeros({weight.size(0)}, at::kDouble);
  CHECK(at::equal(convolve_and_finish(x, weight, 1, {shift, std::nullopt, true}),
                  at::conv2d(x, weight, {}, 1, 1).relu()));
}

TEST_CASE("maps that are not on the CPU are left to LibTorch, which has no convolution for those without memory") {
  const Layer layer({8, 16, 32, 16, 16});
  const Tensor x = layer.x.to(at::kMeta);
  const Tensor weight = layer.weight.to(at::kMeta);
  CHECK_THROWS_AS(convolve(x, weight, 1), c10::Error);
  CHECK_THROWS_AS(convolve_and_finish(x, weight, 1, {at::zeros({32}, at::kMeta), std::nullopt, true}), c10::Error);
}

TEST_CASE("--kernels eager means LibTorch's operations") {
  const KernelsGuard guard;
  set_kernels(Kernels::kEager);
  const Layer layer({8, 16, 16, 16, 16});
  CHECK(at::equal(convolve(layer.x, layer.weight, 1), at::conv2d(layer.x, layer.weight, {}, 1, 1)));
}

TEST_CASE("a gradient that nobody needs is not there, and the other one does not change") {
  const Layer layer({8, 16, 32, 16, 16});
  const Results both = run(layer.x, layer.weight, 1);
  const Results only_x = run(layer.x, layer.weight, 1, true, false);
  const Results only_weight = run(layer.x, layer.weight, 1, false, true);
  const Results none = run(layer.x, layer.weight, 1, false, false);
  CHECK(at::equal(only_x.dx, both.dx));
  CHECK_FALSE(only_x.dw.defined());
  CHECK(at::equal(only_weight.dw, both.dw));
  CHECK_FALSE(only_weight.dx.defined());
  CHECK(at::equal(none.y, both.y));
  CHECK_FALSE(none.y.requires_grad());
}

TEST_CASE("weights in any memory format give the same numbers, and their gradient has their format") {
  const Layer layer({8, 32, 16, 16, 16});
  const Results channels_last = run(layer.x, layer.weight, 1);
  const Results contiguous = run(layer.x, layer.weight.contiguous(), 1);
  CHECK(at::equal(contiguous.y, channels_last.y));
  CHECK(at::equal(contiguous.dx, channels_last.dx));
  CHECK(at::equal(contiguous.dw, channels_last.dw));
  CHECK(contiguous.dw.is_contiguous());
}

TEST_CASE("a gradient that arrives expanded or channels-first is taken as it is meant") {
  const Layer layer({8, 16, 16, 16, 16});
  const auto gradients = [&](const Tensor& dy) {
    const Tensor x = layer.x.detach().requires_grad_();
    const Tensor weight = layer.weight.detach().requires_grad_();
    convolve(x, weight, 1).backward(dy);
    return std::pair(x.grad(), weight.grad());
  };
  const Tensor expanded = at::randn({8, 16, 1, 1}).expand({8, 16, 16, 16});
  const Tensor channels_first = at::randn({8, 16, 16, 16});
  for (const Tensor& dy : {expanded, channels_first}) {
    const auto [dx, dw] = gradients(dy);
    const auto [expected_dx, expected_dw] = gradients(dy.contiguous(at::MemoryFormat::ChannelsLast));
    CHECK(at::equal(dx, expected_dx));
    CHECK(at::equal(dw, expected_dw));
  }
}

TEST_CASE("results repeat bit for bit, and do not depend on the number of threads") {
  const int before = at::get_num_threads();
  for (const Sizes& s : kWinogradSizes) {
    if (!winograd_is_here()) break;
    const Layer layer(s);
    at::set_num_threads(1);
    const Results one = run(layer.x, layer.weight, 1);
    for (const int threads : {1, 2, 3}) {
      at::set_num_threads(threads);
      const Results again = run(layer.x, layer.weight, 1);
      CHECK(at::equal(again.y, one.y));
      CHECK(at::equal(again.dx, one.dx));
      CHECK(at::equal(again.dw, one.dw));
    }
  }
  at::set_num_threads(before);
}

TEST_CASE("NaN stays visible") {
  const Layer layer({8, 16, 16, 16, 16});
  layer.x[3][5][7][7] = std::numeric_limits<float>::quiet_NaN();
  const Results results = run(layer.x, layer.weight, 1);
  CHECK(results.y.slice(0, 3, 4).slice(2, 6, 9).slice(3, 6, 9).isnan().all().item<bool>());
  CHECK_FALSE(results.y.slice(0, 4).isnan().any().item<bool>());
  CHECK(results.dw.isnan().any().item<bool>());
}

TEST_CASE("gradients can be differentiated again, as LibTorch's can") {
  const Layer layer({8, 16, 16, 8, 8});
  const auto penalty_gradient = [](const Tensor& x, const Tensor& w) {
    const Tensor weight = w.detach().requires_grad_();
    const Tensor leaf = x.detach().requires_grad_();
    const Tensor y = convolve(leaf, weight, 1);
    const Tensor dx = torch::autograd::grad({y.square().sum()}, {leaf}, {}, std::nullopt, /*create_graph=*/true)[0];
    return torch::autograd::grad({dx.square().sum()}, {weight})[0];
  };
  CHECK(error_of(penalty_gradient(layer.x, layer.weight),
                 penalty_gradient(layer.x.to(at::kDouble), layer.weight.to(at::kDouble))) < 1e-5);
}

TEST_CASE("the gradients in double precision are those of differences") {
  const Layer layer({2, 3, 4, 5, 4});
  const Tensor x = layer.x.to(at::kDouble);
  const Tensor weight = layer.weight.to(at::kDouble);
  const Results results = run(x, weight, 1);
  const Tensor dy = at::linspace(-1, 1, results.y.numel(), at::kDouble).cos().view(results.y.sizes());
  const auto slope = [&](const Tensor& numbers, std::int64_t i) {
    constexpr double kStep = 1e-4;
    double values[2];
    for (const int side : {0, 1}) {
      Tensor moved = numbers.clone(at::MemoryFormat::Contiguous);
      moved.view(-1)[i] += side == 0 ? -kStep : kStep;
      const bool is_x = numbers.is_same(x);
      values[side] = (convolve(is_x ? moved : x, is_x ? weight : moved, 1) * dy).sum().item<double>();
    }
    return (values[1] - values[0]) / (2 * kStep);
  };
  for (const std::int64_t i : {0, 17, 63, 101}) {
    CHECK(results.dx.flatten()[i].item<double>() == Approx(slope(x, i)).epsilon(1e-6));
    CHECK(results.dw.flatten()[i].item<double>() == Approx(slope(weight, i)).epsilon(1e-6));
  }
}

bool bf16_winograd_is_here() {
  const bool is_here = winograd_pays<Bf16>({128, 32, 32, 16, 16});
  if (!is_here)
    skip("this processor has no vector products of bfloat16, or AMX, which is faster than Winograd with them");
  return is_here;
}

bool bf16_is_ours(const Sizes& s) {
  const ConvolutionShape shape{s.images, s.height, s.width, s.in, s.out};
  return winograd_pays<Bf16>(shape) || amx_gradient_pays(shape);
}

bool is_ours(const Tensor& y) { return is_winograd(y) || y.grad_fn()->name().find("AmxGradient") != std::string::npos; }

// Whether anything of ours computes in bfloat16; if not, says so.
bool bf16_is_ours() { return bf16_is_ours({128, 16, 16, 32, 32}) || bf16_winograd_is_here(); }

Results run_mixed(const Layer& layer) {
  const PrecisionScope precision(Precision::kBFloat16, at::kCPU);
  return run(layer.x.to(at::kBFloat16), layer.weight, 1);
}

TEST_CASE("under autocast bfloat16 maps go by Winograd or AMX, and round as expected beside the direct convolution") {
  at::manual_seed(9);  // the numbers that the bounds were measured with
  const KernelsGuard guard;
  for (const Sizes& s : kWinogradSizes) {
    CAPTURE(s.images, s.in, s.out, s.height, s.width);
    const Layer layer(s);
    const Results exact = run(layer.x.to(at::kBFloat16).to(at::kDouble), layer.weight.to(at::kDouble), 1);
    set_kernels(Kernels::kEager);
    const Results direct = run_mixed(layer);
    set_kernels(Kernels::kFast);
    on_each_target([&] {
      const Results ours = run_mixed(layer);
      CHECK(ours.y.scalar_type() == at::kBFloat16);
      CHECK(ours.y.is_contiguous(at::MemoryFormat::ChannelsLast));
      CHECK(ours.dx.scalar_type() == at::kBFloat16);
      CHECK(ours.dw.scalar_type() == at::kFloat);
      CHECK(ours.dw.strides() == layer.weight.strides());
      const double rounding = std::pow(2, -8) / std::sqrt(3);
      if (!winograd_pays<Bf16>({128, 32, 32, 16, 16})) {  // without it the output is the direct convolution
        CHECK(at::equal(ours.y, direct.y));
        CHECK(at::equal(ours.dx, direct.dx));
        if (bf16_is_ours(s)) {
          CHECK(error_of(ours.dw, exact.dw) < rounding);  // that of dy; the direct one rounds dw too
          CHECK(error_of(ours.dw, exact.dw) < error_of(direct.dw, exact.dw));
        } else {
          CHECK(at::equal(ours.dw, direct.dw));
        }
        return;
      }
      // As derived in winograd_test.cpp. A direct convolution rounds weights and outputs alone: sqrt(2) roundings for
      // our sqrt(50 / 9 + 1), 1.8 times as many; here up to 2.1 times.
      CHECK(error_of(ours.y, exact.y) < std::sqrt(50.0 / 9 + 1) * rounding);
      CHECK(error_of(ours.dx, exact.dx) < std::sqrt(50.0 / 9 + 2) * rounding);  // dy is rounded too
      CHECK(error_of(ours.dw, exact.dw) < std::sqrt(50.0 / 9 + 1) * rounding);
      CHECK(error_of(ours.y, exact.y) < 2.1 * error_of(direct.y, exact.y));
      CHECK(error_of(ours.dx, exact.dx) < 2.1 * error_of(direct.dx, exact.dx));
    });
  }
}

TEST_CASE("what we take in bfloat16 is channels-last, of stride 1, with weights in any memory format") {
  if (!bf16_is_ours()) return;
  const PrecisionScope precision(Precision::kBFloat16, at::kCPU);
  const Layer layer({8, 16, 16, 16, 16});
  const Tensor weight = layer.weight.detach().requires_grad_();
  const Tensor x = layer.x.to(at::kBFloat16);
  CHECK(is_ours(convolve(x, weight, 1)));
  CHECK_FALSE(is_ours(convolve(x.contiguous(), weight, 1)));
  CHECK_FALSE(is_ours(convolve(x.slice(/*dim=*/3, 0, 12), weight, 1)));
  CHECK_FALSE(is_ours(convolve(x, weight, 2)));
  CHECK(at::equal(convolve(x, weight, 1), convolve(x, weight.contiguous(), 1)));
}

TEST_CASE("bfloat16 results repeat bit for bit, do not depend on the number of threads, nor on who needs a gradient") {
  if (!bf16_is_ours()) return;
  const int before = at::get_num_threads();
  for (const Sizes& s : kWinogradSizes) {
    if (!bf16_is_ours(s)) continue;
    const Layer layer(s);
    at::set_num_threads(1);
    const Results one = run_mixed(layer);
    for (const int threads : {1, 2, 3}) {
      at::set_num_threads(threads);
      const Results again = run_mixed(layer);
      CHECK(at::equal(again.y, one.y));
      CHECK(at::equal(again.dx, one.dx));
      CHECK(at::equal(again.dw, one.dw));
    }
    const PrecisionScope precision(Precision::kBFloat16, at::kCPU);
    const Results only_weight = run(layer.x.to(at::kBFloat16), layer.weight, 1, false, true);
    CHECK_FALSE(only_weight.dx.defined());
    CHECK(at::equal(only_weight.dw, one.dw));
    const Results only_x = run(layer.x.to(at::kBFloat16), layer.weight, 1, true, false);
    CHECK_FALSE(only_x.dw.defined());
    CHECK(at::equal(only_x.dx, one.dx));
    CHECK(at::equal(run(layer.x.to(at::kBFloat16), layer.weight, 1, false, false).y, one.y));
  }
  at::set_num_threads(before);
}

TEST_CASE("in bfloat16 too, what follows a convolution comes before the one rounding, and NaN passes") {
  if (!bf16_winograd_is_here()) return;
  for (const Sizes& s : kWinogradSizes) {
    const Layer layer(s);
    const Tensor x = layer.x.to(at::kBFloat16);
    const Tensor residual = noise({s.images, s.out, s.height, s.width}).to(at::kBFloat16);
    const Tensor shift = at::randn({s.out});
    Tensor exact = convolve(x.to(at::kDouble), layer.weight.to(at::kDouble), 1);
    exact = (exact + shift.to(at::kDouble).view({1, -1, 1, 1}) + residual.to(at::kDouble)).relu();
    const PrecisionScope precision(Precision::kBFloat16, at::kCPU);
    const Tensor y = convolve_and_finish(x, layer.weight, 1, {shift, residual, true});
    CHECK(y.scalar_type() == at::kBFloat16);
    CHECK(error_of(y, exact) < std::sqrt(50.0 / 9 + 1) * std::pow(2, -8) / std::sqrt(3));
    x[0][1][2][3] = std::numeric_limits<float>::quiet_NaN();
    CHECK(convolve_and_finish(x, layer.weight, 1, {shift, residual, true})[0][0][2][3].isnan().item<bool>());
  }
}

TEST_CASE("in bfloat16 the ReLU behind LibTorch's convolutions is its own, and lets NaN pass") {
  const KernelsGuard guard;
  const PrecisionScope precision(Precision::kBFloat16, at::kCPU);
  // Over 65,536 numbers of the output, which threads share; and few.
  for (const auto& [sizes, kernel, stride] :
       {std::tuple(Sizes{8, 32, 64, 32, 32}, 1, 1), std::tuple(Sizes{8, 16, 32, 64, 64}, 3, 2),
        std::tuple(Sizes{2, 16, 16, 5, 5}, 3, 2)}) {
    const Layer layer(sizes, kernel);
    const Tensor x = layer.x.to(at::kBFloat16);
    x[1][2][4][4] = std::numeric_limits<float>::quiet_NaN();
    for (const bool has_residual : {false, true}) {
      CAPTURE(sizes.images, kernel, stride, has_residual);
      ConvolveFinish finish{at::randn({sizes.out}), std::nullopt, true};
      if (has_residual) {
        finish.residual =
            noise({sizes.images, sizes.out, (sizes.height + stride - 1) / stride, (sizes.width + stride - 1) / stride})
                .to(at::kBFloat16);
      }
      set_kernels(Kernels::kFast);
      const Tensor ours = convolve_and_finish(x, layer.weight, stride, finish);
      finish.has_relu = false;
      const Tensor before = convolve_and_finish(x, layer.weight, stride, finish);
      CHECK((before < 0).any().item<bool>());
      CHECK(
          ours[1].slice(1, 4 / stride, 4 / stride + 1).slice(2, 4 / stride, 4 / stride + 1).isnan().all().item<bool>());
      CHECK(at::equal(ours.isnan(), before.isnan()));
      CHECK(at::equal(ours.nan_to_num(), at::relu(before).nan_to_num()));
    }
  }
}

TEST_CASE("a gradient in bfloat16 can be differentiated again, as one in double precision") {
  if (!bf16_is_ours()) return;
  const Layer layer({8, 16, 16, 8, 8});
  const auto second_gradient = [](const Tensor& x, const Tensor& w) {
    const Tensor weight = w.detach().requires_grad_();
    const Tensor leaf = x.detach().requires_grad_();
    const Tensor dx = torch::autograd::grad({convolve(leaf, weight, 1).square().sum()}, {leaf}, {}, std::nullopt,
                                            /*create_graph=*/true)[0];
    return torch::autograd::grad({dx.square().sum()}, {weight})[0];
  };
  const Tensor x = layer.x.to(at::kBFloat16);
  const Tensor exact = second_gradient(x.to(at::kDouble), layer.weight.to(at::kDouble));
  const PrecisionScope precision(Precision::kBFloat16, at::kCPU);
  const Tensor ours = second_gradient(x, layer.weight);
  CHECK(ours.scalar_type() == at::kFloat);
  CHECK(error_of(ours, exact) < 0.02);
}

}  // namespace
}  // namespace resnet

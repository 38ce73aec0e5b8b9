// SPDX-License-Identifier: MIT
// The fused operation against LibTorch's own operations, and against formulas in double precision.
#include "tensor/norm_relu.hpp"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/each_simd_target.hpp"
#include "support/kernels_guard.hpp"

using namespace resnet;
using Statistics = NormParameters::Statistics;
using torch::Tensor;

namespace {

enum class Form { kNorm, kRelu, kAddRelu };

Tensor channels_last(const Tensor& map) { return map.contiguous(at::MemoryFormat::ChannelsLast); }

/// One call of the operation: its inputs, which are leaves, and the gradients of its output.
struct Case {
  Case(at::IntArrayRef sizes, Form form_, at::ScalarType dtype = at::kFloat, Statistics which = Statistics::kOfBatch)
      : form(form_), statistics(which) {
    torch::manual_seed(sizes[0] + 10 * sizes[1] + 100 * sizes[2]);
    const std::int64_t channels = sizes[1];
    x = channels_last((torch::randn(sizes, at::kDouble) * 2 + 1).to(dtype));
    residual = channels_last(torch::randn(sizes, at::kDouble).to(dtype));
    const at::ScalarType numbers = dtype == at::kDouble ? at::kDouble : at::kFloat;
    weight = (torch::rand({channels}, at::kDouble) + 0.5).to(numbers);
    bias = torch::randn({channels}, at::kDouble).to(numbers);
    running_mean = torch::randn({channels}, at::kDouble).to(numbers);
    running_var = (torch::rand({channels}, at::kDouble) + 0.5).to(numbers);
    layers_gradient = channels_last(torch::randn(sizes, at::kDouble).to(dtype));
    shortcut_gradient = channels_last(torch::randn(sizes, at::kDouble).to(dtype));
  }

  /// The same numbers in double: exact, and eager, as the kernels do not take double.
  Case in_double() const {
    Case copy = *this;
    for (Tensor* tensor : {&copy.x, &copy.residual, &copy.weight, &copy.bias, &copy.running_mean, &copy.running_var,
                           &copy.layers_gradient, &copy.shortcut_gradient}) {
      *tensor = tensor->detach().to(at::kDouble).clone();
    }
    return copy;
  }

  NormParameters parameters() const {
    return {weight, bias, running_mean, running_var, statistics, /*momentum=*/0.1, /*epsilon=*/1e-5, group};
  }

  Activation forward() const {
    if (form == Form::kNorm) return Activation(normalise(x, parameters()));
    return normalise_relu(x, parameters(), form == Form::kAddRelu ? std::optional(residual) : std::nullopt);
  }

  Form form;
  Statistics statistics;
  std::int64_t group = 0;
  Tensor x, residual, weight, bias, running_mean, running_var, layers_gradient, shortcut_gradient;
};

/// All that one training step would see.
struct Seen {
  Tensor y, dx, dresidual, dweight, dbias, running_mean, running_var;

  std::vector<std::pair<std::string, Tensor>> all() const {
    return {{"y", y},
            {"dx", dx},
            {"dresidual", dresidual},
            {"dweight", dweight},
            {"dbias", dbias},
            {"running_mean", running_mean},
            {"running_var", running_var}};
  }
};

template <typename Forward>
Seen run_by(Case c, const Forward& forward) {
  for (Tensor* tensor : {&c.running_mean, &c.running_var}) *tensor = tensor->clone();
  for (Tensor* tensor : {&c.x, &c.residual, &c.weight, &c.bias}) *tensor = tensor->detach().requires_grad_();
  const Activation y = forward(c);
  torch::autograd::backward({y.to_layers, y.to_shortcut}, {c.layers_gradient, c.shortcut_gradient});
  return {y.to_layers.detach(), c.x.grad(),     c.residual.grad(), c.weight.grad(),
          c.bias.grad(),        c.running_mean, c.running_var};
}

Seen run(const Case& c) {
  return run_by(c, [](const Case& leaves) { return leaves.forward(); });
}

double error_of(const Tensor& ours, const Tensor& theirs) {
  const Tensor exact = theirs.to(at::kDouble);
  return ((ours.to(at::kDouble) - exact).norm() / (exact.norm() + 1e-30)).item<double>();
}

// `dx_tolerance` where dx has another.
void check_close(const Seen& ours, const Seen& theirs, double tolerance, std::optional<double> dx_tolerance = {}) {
  const auto our_tensors = ours.all();
  const auto their_tensors = theirs.all();
  for (std::size_t i = 0; i < our_tensors.size(); ++i) {
    const auto& [name, tensor] = our_tensors[i];
    const Tensor expected = their_tensors[i].second;
    CAPTURE(name);
    REQUIRE(tensor.defined() == expected.defined());
    if (!tensor.defined()) continue;
    REQUIRE(tensor.sizes() == expected.sizes());
    CHECK(error_of(tensor, expected) < (name == "dx" ? dx_tolerance.value_or(tolerance) : tolerance));
  }
}

const std::vector<std::vector<std::int64_t>> kShapes = {{8, 16, 32, 32}, {4, 32, 16, 16},  {2, 64, 8, 8}, {3, 17, 5, 7},
                                                        {2, 3, 9, 9},    {2, 1, 1, 1},     {5, 64, 1, 1}, {7, 1, 3, 3},
                                                        {1, 100, 3, 2},  {1, 16, 112, 112}};

}  // namespace

TEST_CASE(
    "the fused operation gives double precision's results and gradients to 1e-6 on each instruction set, whatever the "
    "shape") {
  const Form form = GENERATE(Form::kNorm, Form::kRelu, Form::kAddRelu);
  const Statistics statistics = GENERATE(Statistics::kOfBatch, Statistics::kRunning);
  for (const auto& sizes : kShapes) {
    CAPTURE(static_cast<int>(form), statistics == Statistics::kOfBatch, sizes);
    const Case c(sizes, form, at::kFloat, statistics);
    // Few numbers may cancel. Two become -1 and 1 whatever they are: little but rounding errors is left in dx.
    const double tolerance = c.x.numel() < 100 ? 1e-5 : 1e-6;
    const double dx_tolerance = c.x.numel() / c.x.size(1) == 2 ? 0.1 : tolerance;
    const Seen exact = run(c.in_double());
    on_each_target([&] { check_close(run(c), exact, tolerance, dx_tolerance); });
  }
}

TEST_CASE("bfloat16 maps are normalised in float32 and rounded once, to a bfloat16 of channels-last form") {
  const Form form = GENERATE(Form::kNorm, Form::kRelu, Form::kAddRelu);
  const Statistics statistics = GENERATE(Statistics::kOfBatch, Statistics::kRunning);
  const Case c({8, 32, 16, 16}, form, at::kBFloat16, statistics);
  const Seen exact = run(c.in_double());
  on_each_target([&] {
    const Seen ours = run(c);
    CHECK(ours.y.scalar_type() == at::kBFloat16);
    CHECK(ours.y.is_contiguous(at::MemoryFormat::ChannelsLast));
    CHECK(ours.dweight.scalar_type() == at::kFloat);
    check_close(ours, exact, 5e-3);
    CHECK(error_of(ours.y, exact.y) < 2e-3);
    CHECK(error_of(ours.running_var, exact.running_var) < 1e-6);
  });
}

TEST_CASE("groups of images are normalised by themselves, and move the running statistics one after the other") {
  const Form form = GENERATE(Form::kNorm, Form::kRelu, Form::kAddRelu);
  Case c({6, 16, 5, 5}, form);
  c.group = 2;
  const Seen ours = run(c);
  check_close(ours, run(c.in_double()), 1e-6);

  Case first = c;
  first.group = 0;
  first.x = c.x.slice(0, 0, 2);
  first.residual = c.residual.slice(0, 0, 2);
  CHECK(error_of(first.forward().to_layers, ours.y.slice(0, 0, 2)) < 1e-6);
}

TEST_CASE("a batch that does not divide into groups is refused whoever computes, unless the statistics are given") {
  const KernelsGuard guard;
  set_kernels(GENERATE(Kernels::kFast, Kernels::kEager));
  Case c({6, 16, 5, 5}, GENERATE(Form::kNorm, Form::kAddRelu));
  for (const std::int64_t group : {4, 8}) {
    c.group = group;
    c.statistics = Statistics::kOfBatch;
    CHECK_THROWS_WITH(c.forward(), Catch::Contains(fmt::format("6 images does not divide into groups of {};", group)));
    c.statistics = Statistics::kRunning;
    CHECK_NOTHROW(c.forward());
  }
}

TEST_CASE("a channel of a single number is refused whoever computes, unless the statistics are given") {
  const KernelsGuard guard;
  set_kernels(GENERATE(Kernels::kFast, Kernels::kEager));
  const Form form = GENERATE(Form::kNorm, Form::kAddRelu);
  for (const std::int64_t images : {1, 3}) {
    Case c({images, 16, 1, 1}, form);
    c.group = images == 1 ? 0 : 1;
    CHECK_THROWS_WITH(c.forward(), Catch::Contains("has no variance to train with"));
    CHECK(c.running_var.isfinite().all().item<bool>());
    c.statistics = Statistics::kRunning;
    CHECK_NOTHROW(c.forward());
  }
  Case empty({0, 16, 4, 4}, form);  // has no channel of any number
  empty.group = 1;
  CHECK_NOTHROW(empty.forward());
}

TEST_CASE("LibTorch's three operations agree with the fused one, running statistics and all") {
  const KernelsGuard guard;
  const Case c({8, 16, 16, 16}, Form::kAddRelu);
  set_kernels(Kernels::kFast);
  const Seen fast = run(c);
  set_kernels(Kernels::kEager);
  const Seen eager = run(c);
  check_close(fast, eager, 1e-5);
  CHECK_FALSE(torch::equal(fast.dx, eager.dx));  // or the choice chose nothing
}

// The formulas of the paper's reference [16] written out, whose gradients LibTorch takes operation by operation.
namespace {

Tensor reference(const Case& c) {
  const auto wide = [](const Tensor& numbers) { return numbers.view({1, -1, 1, 1}); };
  Tensor mean = wide(c.running_mean);
  Tensor variance = wide(c.running_var);
  if (c.statistics == Statistics::kOfBatch) {
    mean = c.x.mean({0, 2, 3}, /*keepdim=*/true);
    variance = (c.x - mean).square().mean({0, 2, 3}, /*keepdim=*/true);
  }
  Tensor y = (c.x - mean) / (variance + 1e-5).sqrt() * wide(c.weight) + wide(c.bias);
  if (c.form == Form::kAddRelu) y = y + c.residual;
  return c.form == Form::kNorm ? y : y.clamp_min(0);
}

}  // namespace

TEST_CASE("the reference passes a numerical test of its gradient, and the fused operation has that gradient") {
  const Form form = GENERATE(Form::kNorm, Form::kRelu, Form::kAddRelu);
  const Statistics statistics = GENERATE(Statistics::kOfBatch, Statistics::kRunning);
  const Case single({3, 17, 4, 5}, form, at::kFloat, statistics);
  Case c = single.in_double();
  const Tensor slope = c.layers_gradient + c.shortcut_gradient;
  const std::vector<Tensor> inputs = {c.x, c.residual, c.weight, c.bias};
  for (const Tensor& input : inputs) input.requires_grad_();
  (reference(c) * slope).sum().backward();

  // Central differences along a random direction, for each input by itself.
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].grad().defined()) continue;
    CAPTURE(i);
    const torch::NoGradGuard no_gradient;
    const Tensor direction = torch::randn(inputs[i].sizes(), at::kDouble);
    const auto at_distance = [&](double distance) {
      inputs[i].add_(direction, distance);
      const double value = (reference(c) * slope).sum().item<double>();
      inputs[i].sub_(direction, distance);
      return value;
    };
    constexpr double kStep = 1e-6;  // so small that no number crosses zero, where ReLU has no gradient
    const double numerical = (at_distance(kStep) - at_distance(-kStep)) / (2 * kStep);
    const double analytical = (inputs[i].grad() * direction).sum().item<double>();
    CHECK(numerical == Approx(analytical).epsilon(1e-5).margin(1e-5));
  }

  const Seen ours = run(single);
  CHECK(error_of(ours.dx, c.x.grad()) < 1e-6);
  CHECK(error_of(ours.dweight, c.weight.grad()) < 1e-6);
  CHECK(error_of(ours.dbias, c.bias.grad()) < 1e-6);
  if (form == Form::kAddRelu) CHECK(error_of(ours.dresidual, c.residual.grad()) < 1e-6);
}

TEST_CASE("the number of threads changes no bit") {
  const int before = at::get_num_threads();
  const at::ScalarType dtype = GENERATE(at::kFloat, at::kBFloat16);
  const Case c({16, 16, 32, 32}, Form::kAddRelu, dtype);
  at::set_num_threads(1);
  const Seen one = run(c);
  for (const int threads : {2, 3}) {
    at::set_num_threads(threads);
    const Seen more = run(c);
    for (std::size_t i = 0; i < one.all().size(); ++i) {
      CAPTURE(threads, one.all()[i].first);
      CHECK(torch::equal(one.all()[i].second, more.all()[i].second));
    }
  }
  at::set_num_threads(before);
}

TEST_CASE("what is not a number, or is infinite, shows in the result and its gradient") {
  const float bad = GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity());
  const bool in_residual = GENERATE(false, true);
  CAPTURE(bad, in_residual);
  const Case c({2, 16, 8, 8}, Form::kAddRelu);
  (in_residual ? c.residual : c.x)[1][3][4][5] = bad;
  const Seen seen = run(c);
  CHECK_FALSE(seen.y[1][3][4][5].isfinite().item<bool>());
  CHECK(seen.y.select(1, 4).isfinite().all().item<bool>());
  if (in_residual) return;
  CHECK(seen.y.select(1, 3).isnan().all().item<bool>());
  CHECK(seen.dx.select(1, 3).isnan().all().item<bool>());
  CHECK_FALSE(seen.running_var[3].isfinite().item<bool>());
}

TEST_CASE("only what requires a gradient gets one") {
  const std::vector<std::string> names = {"x", "residual", "weight", "bias"};
  const std::size_t only = GENERATE(0, 1, 2, 3);
  CAPTURE(names[only]);
  const Case c({2, 16, 4, 4}, Form::kAddRelu);
  const Seen all = run(c);
  const std::vector<Tensor> inputs = {c.x, c.residual, c.weight, c.bias};
  const std::vector<Tensor> gradients = {all.dx, all.dresidual, all.dweight, all.dbias};
  inputs[only].requires_grad_();
  const Activation y = c.forward();
  torch::autograd::backward({y.to_layers, y.to_shortcut}, {c.layers_gradient, c.shortcut_gradient});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    CHECK(inputs[i].grad().defined() == (i == only));
    if (i == only) CHECK(torch::equal(inputs[i].grad(), gradients[i]));
  }
}

TEST_CASE("without a gradient to take there is no graph, and the numbers are the same") {
  const Case c({2, 16, 4, 4}, Form::kAddRelu);
  const Seen with_graph = run(c);
  const Tensor running_mean = c.running_mean.clone();
  const auto check = [&](const Activation& y) {
    CHECK_FALSE(y.to_layers.requires_grad());
    CHECK(torch::equal(y.to_layers, with_graph.y));
    CHECK(y.to_shortcut.is_same(y.to_layers));
    CHECK(torch::equal(c.running_mean, with_graph.running_mean));
    c.running_mean.copy_(running_mean);
  };
  check(c.forward());
  c.weight.requires_grad_();
  {
    const torch::NoGradGuard no_gradient;
    check(c.forward());
  }
  const c10::InferenceMode inference;
  check(c.forward());
}

TEST_CASE("one reader's gradient alone will do, and two of the same reader add up") {
  const Case c({2, 16, 4, 4}, Form::kAddRelu);
  const auto dx = [&](const Tensor& layers_gradient, const Tensor& shortcut_gradient) {
    Case again = c;
    again.x = c.x.clone().requires_grad_();
    const Activation y = again.forward();
    Tensor loss = torch::zeros({});
    if (layers_gradient.defined()) loss = loss + (y.to_layers * layers_gradient).sum();
    if (shortcut_gradient.defined()) loss = loss + (y.to_shortcut * shortcut_gradient).sum();
    loss.backward();
    return again.x.grad();
  };
  const Tensor whole = dx(c.layers_gradient + c.shortcut_gradient, {});
  CHECK(error_of(dx({}, c.layers_gradient + c.shortcut_gradient), whole) < 1e-6);
  CHECK(error_of(dx(c.layers_gradient, c.shortcut_gradient), whole) < 1e-6);
}

TEST_CASE("gradients that are not channels-last, as a mean's is, are taken as they come") {
  const Case c({2, 16, 4, 4}, Form::kRelu);
  const auto dx = [&](const Tensor& gradient) {
    Case again = c;
    again.x = c.x.clone().requires_grad_();
    again.forward().to_layers.backward(gradient);
    return again.x.grad();
  };
  CHECK(torch::equal(dx(c.layers_gradient.contiguous()), dx(c.layers_gradient)));
  const Tensor spread = torch::randn({2, 16, 1, 1}).expand({2, 16, 4, 4});
  CHECK(torch::equal(dx(spread), dx(channels_last(spread))));
}

TEST_CASE("a change in place of either output is noticed where the other one is needed") {
  Case c({2, 16, 4, 4}, Form::kAddRelu);
  c.x.requires_grad_();
  const Activation y = c.forward();
  const Tensor loss = y.to_layers.square().sum();
  {
    const torch::NoGradGuard no_gradient;
    y.to_shortcut.zero_();
  }
  CHECK_THROWS_WITH(loss.backward(), Catch::Contains("modified by an inplace operation"));
}

TEST_CASE("a second derivative is refused with the cure, and LibTorch's own operations have one") {
  const KernelsGuard guard;
  const auto second_derivative = [] {
    Case c({2, 16, 4, 4}, Form::kRelu);
    c.x.requires_grad_();
    const Tensor loss = c.forward().to_layers.square().sum();
    const Tensor dx = torch::autograd::grad({loss}, {c.x}, {}, /*retain_graph=*/true, /*create_graph=*/true)[0];
    dx.square().sum().backward();
  };
  set_kernels(Kernels::kFast);
  CHECK_THROWS_WITH(second_derivative(), Catch::Contains("--kernels eager"));
  set_kernels(Kernels::kEager);
  CHECK_NOTHROW(second_derivative());
}

// What our kernels do not take.
namespace {

/// LibTorch's three operations, one after the other.
Seen run_libtorch(const Case& c) {
  return run_by(c, [](const Case& leaves) {
    const Tensor normalised =
        torch::batch_norm(leaves.x, leaves.weight, leaves.bias, leaves.running_mean, leaves.running_var,
                          leaves.statistics == Statistics::kOfBatch, 0.1, 1e-5, /*cudnn_enabled=*/false);
    return Activation((normalised + leaves.residual).relu());
  });
}

void check_as_libtorch(const Case& c) {
  const Seen ours = run(c);
  const Seen theirs = run_libtorch(c);
  for (std::size_t i = 0; i < ours.all().size(); ++i) {
    CAPTURE(ours.all()[i].first);
    CHECK(torch::equal(ours.all()[i].second, theirs.all()[i].second));
  }
  CHECK(ours.y.scalar_type() == c.x.scalar_type());
  CHECK(ours.y.sizes() == c.x.sizes());
  if (c.x.numel() > 0) CHECK(ours.y.strides() == theirs.y.strides());
}

/// The case with its maps changed, and with its parameters changed.
template <typename Change>
Case with_maps(Case c, const Change& change) {
  for (Tensor* map : {&c.x, &c.residual, &c.layers_gradient, &c.shortcut_gradient}) *map = change(*map);
  return c;
}
template <typename Change>
Case with_parameters(Case c, const Change& change) {
  for (Tensor* numbers : {&c.weight, &c.bias, &c.running_mean, &c.running_var}) *numbers = change(*numbers);
  return c;
}

}  // namespace

TEST_CASE("other layouts, types and sizes take LibTorch's operations, to its results and gradients") {
  const Statistics statistics = GENERATE(Statistics::kOfBatch, Statistics::kRunning);
  const Case c({2, 16, 4, 8}, Form::kAddRelu, at::kFloat, statistics);
  SECTION("channels first") {
    check_as_libtorch(with_maps(c, [](const Tensor& map) { return map.contiguous(); }));
  }
  SECTION("every second column") {
    check_as_libtorch(with_maps(c, [](const Tensor& map) { return map.slice(3, 0, 8, 2); }));
  }
  SECTION("a residual of another size") {
    Case other = c;
    other.residual = torch::randn({1, 16, 1, 1});
    check_as_libtorch(other);
  }
  SECTION("no images") {
    check_as_libtorch(with_maps(c, [](const Tensor& map) { return map.slice(0, 0, 0); }));
  }
  SECTION("a net in another type, as net.to() makes it") {
    for (const auto type : {at::kDouble, at::kBFloat16, at::kHalf}) {
      CAPTURE(type);
      const auto convert = [&](const Tensor& numbers) { return numbers.to(type); };
      check_as_libtorch(with_parameters(with_maps(c, convert), convert));
    }
  }
  SECTION("maps in half precision, parameters in float32") {
    check_as_libtorch(with_maps(c, [](const Tensor& map) { return map.to(at::kHalf); }));
  }
}

TEST_CASE("maps that are not on the CPU are left to LibTorch, which has no batch norm for those without memory") {
  const auto to_meta = [](const Tensor& numbers) { return numbers.to(at::kMeta); };
  const Form form = GENERATE(Form::kNorm, Form::kAddRelu);
  CHECK_THROWS_AS(with_parameters(with_maps(Case({2, 16, 4, 4}, form), to_meta), to_meta).forward(), c10::Error);
}

// All images are the same: what becomes of each is what becomes of one.
namespace {

Tensor repeated(const Tensor& map, std::int64_t images) {
  std::vector<std::int64_t> sizes = map.sizes().vec();
  sizes[0] = images;
  return torch::empty(sizes, map.options().memory_format(at::MemoryFormat::ChannelsLast)).copy_(map);
}

Tensor image(const Tensor& maps, std::int64_t index) { return maps.detach().slice(/*dim=*/0, index, index + 1); }

}  // namespace

TEST_CASE("a map of more than 2^31 bytes is normalised to its last number, forward and back", "[slow]") {
  const Case one({1, 64, 256, 256}, Form::kNorm);
  Case all = one;
  all.x = repeated(one.x, 129).requires_grad_();
  REQUIRE(all.x.nbytes() > std::size_t{1} << 31);
  const Tensor y = all.forward().to_layers;
  y.backward(repeated(one.layers_gradient + one.shortcut_gradient, 129));
  const Seen exact = run(one.in_double());
  for (const std::int64_t i : {0, 1, 64, 128}) {
    CAPTURE(i);
    CHECK(error_of(image(y, i), exact.y) < 1e-6);
    CHECK(error_of(image(all.x.grad(), i), exact.dx) < 1e-6);
  }
}

TEST_CASE("a bfloat16 map of more than 2^31 numbers is normalised to its last one", "[slow]") {
  const Case one({1, 64, 512, 256}, Form::kRelu, at::kBFloat16);
  Case all = one;
  all.x = repeated(one.x, 257);
  REQUIRE(all.x.numel() > std::int64_t{1} << 31);
  const Tensor exact = one.in_double().forward().to_layers;
  const Tensor y = all.forward().to_layers;
  for (const std::int64_t i : {0, 1, 128, 256}) {
    CAPTURE(i);
    CHECK(error_of(image(y, i), exact) < 2e-3);
  }
}

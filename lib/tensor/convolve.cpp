// SPDX-License-Identifier: MIT
#include "tensor/convolve.hpp"

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "kernel/amx_gradient.hpp"
#include "kernel/bf16.hpp"
#include "kernel/relu.hpp"
#include "kernel/simd.hpp"
#include "kernel/winograd.hpp"
#include "tensor/kernel_choice.hpp"
#include "tensor/sample_and_pad.hpp"

namespace resnet {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// A 3x3 layer of stride 1. Its gradient of x is such a layer too, from `out` to `in`.
ConvolutionShape shape_of(const Tensor& x, const Tensor& weight) {
  return {x.size(0), x.size(2), x.size(3), weight.size(1), weight.size(0)};
}

ConvolutionShape backwards(ConvolutionShape shape) {
  std::swap(shape.in, shape.out);
  return shape;
}

WeightStrides strides_of(const Tensor& weight) {
  return {weight.stride(0), weight.stride(1), weight.stride(2), weight.stride(3)};
}

bool is_map_on_cpu(const Tensor& tensor, at::ScalarType type) {
  return tensor.is_cpu() && tensor.scalar_type() == type && tensor.dim() == 4;
}

bool is_vector_of_floats(const Tensor& numbers) {
  return numbers.is_cpu() && numbers.scalar_type() == at::kFloat && numbers.is_contiguous();
}

enum class Algorithm { kWinograd, kAmxGradient };

// Who computes a 3x3 layer in place of LibTorch, if anybody does.
//
// The weights are float32, under autocast too, which makes bfloat16 of them for LibTorch's operations alone.
std::optional<Algorithm> algorithm_for(const Tensor& x, const Tensor& weight, std::int64_t stride) {
  if (kernels() != Kernels::kFast) return std::nullopt;
  const bool is_mixed = at::autocast::is_autocast_enabled(at::kCPU);
  const at::ScalarType type = is_mixed ? at::autocast::get_autocast_dtype(at::kCPU) : at::kFloat;
  if (stride != 1 || !is_map_on_cpu(x, type) || !is_map_on_cpu(weight, at::kFloat) || weight.size(2) != 3 ||
      weight.size(3) != 3 || weight.size(1) != x.size(1) || !x.is_contiguous(at::MemoryFormat::ChannelsLast)) {
    return std::nullopt;
  }
  const ConvolutionShape shape = shape_of(x, weight);
  if (type == at::kFloat && winograd_pays<float>(shape)) return Algorithm::kWinograd;
  if (type == at::kBFloat16 && winograd_pays<Bf16>(shape)) return Algorithm::kWinograd;
  if (type == at::kBFloat16 && amx_gradient_pays(shape)) return Algorithm::kAmxGradient;
  return std::nullopt;
}

template <typename T>
const T* data(const Tensor& map) {
  return static_cast<const T*>(map.const_data_ptr());
}

template <typename T>
T* mutable_data(const Tensor& map) {
  return static_cast<T*>(map.mutable_data_ptr());
}

Tensor empty_map(const ConvolutionShape& shape, const Tensor& like) {
  return at::empty({shape.images, shape.out, shape.height, shape.width},
                   like.options().memory_format(at::MemoryFormat::ChannelsLast));
}

template <typename T>
Tensor winograd_in(const ConvolutionShape& shape, const Tensor& map, const float* weights, const WeightStrides& strides,
                   const ConvolveFinish* finish) {
  const Tensor transformed = at::empty({winograd_weights_size(shape)}, map.options());
  T* const with = mutable_data<T>(transformed);
  constexpr std::int64_t kStep = 16;  // output channels
  at::parallel_for(0, shape.out / kStep, /*grain_size=*/std::max<std::int64_t>(1, 256 / shape.in),
                   [&](std::int64_t first, std::int64_t last) {
                     winograd_transform_weights(shape, weights, strides, with, kStep * first, kStep * last);
                   });
  WinogradFinish<T> kernel_finish;
  if (finish != nullptr) {
    kernel_finish = {data<float>(finish->shift), finish->residual ? data<T>(*finish->residual) : nullptr,
                     finish->has_relu};
  }
  const Tensor result = empty_map(shape, map);
  const T* const from = data<T>(map);
  T* const to = mutable_data<T>(result);
  at::parallel_for(0, winograd_blocks(shape), /*grain_size=*/1, [&](std::int64_t first, std::int64_t last) {
    winograd_convolve(shape, from, with, kernel_finish, to, first, last);
  });
  return result;
}

Tensor winograd(const ConvolutionShape& shape, const Tensor& map, const float* weights, const WeightStrides& strides,
                const ConvolveFinish* finish = nullptr) {
  return map.scalar_type() == at::kFloat ? winograd_in<float>(shape, map, weights, strides, finish)
                                         : winograd_in<Bf16>(shape, map, weights, strides, finish);
}

// The functions of an algorithm that give the gradient of the weights.
template <typename T>
struct GradientKernels {
  std::int64_t (*size)(const ConvolutionShape&);
  std::int64_t (*pieces)(const ConvolutionShape&);
  void (*sums)(const ConvolutionShape&, const T*, const T*, float*, std::int64_t, std::int64_t);
  void (*add_up)(const ConvolutionShape&, const float*, const WeightStrides&, float*, std::int64_t, std::int64_t);
};

template <typename T>
constexpr GradientKernels<T> kWinogradGradient = {winograd_gradient_size, winograd_gradient_pieces,
                                                  winograd_gradient_sums<T>, winograd_weight_gradient};
constexpr GradientKernels<Bf16> kAmxGradient = {amx_gradient_size, amx_gradient_pieces, amx_gradient_sums,
                                                amx_weight_gradient};

template <typename T>
Tensor weight_gradient_by(const GradientKernels<T>& kernels, const Tensor& x, const Tensor& weight, const Tensor& dy) {
  const ConvolutionShape shape = shape_of(x, weight);
  const Tensor sums = at::empty({kernels.size(shape)}, weight.options());
  Tensor gradient = at::empty_like(weight);
  const T* const from = data<T>(x);
  const T* const with = data<T>(dy);
  float* const middle = sums.mutable_data_ptr<float>();
  float* const to = gradient.mutable_data_ptr<float>();
  const WeightStrides strides = strides_of(gradient);
  at::parallel_for(0, kernels.pieces(shape), /*grain_size=*/1, [&](std::int64_t first, std::int64_t last) {
    kernels.sums(shape, from, with, middle, first, last);
  });
  // A cache line of the channels-last format at least, so that threads do not write to the same one.
  constexpr std::int64_t kStep = 16;  // input channels
  at::parallel_for(0, shape.in / kStep, /*grain_size=*/1, [&](std::int64_t first, std::int64_t last) {
    kernels.add_up(shape, middle, strides, to, kStep * first, kStep * last);
  });
  return gradient;
}

// LibTorch's gradients of a 3x3 layer, in the precision of x and dy, which can be differentiated again.
std::tuple<Tensor, Tensor> eager_gradients(const Tensor& x, const Tensor& weight, const Tensor& dy, bool needs_x,
                                           bool needs_weight) {
  const auto [dx, dw, none] =
      at::convolution_backward(dy, x, weight.to(x.scalar_type()), at::OptionalIntArrayRef(), {1, 1}, {1, 1}, {1, 1},
                               /*transposed=*/false, {0, 0}, /*groups=*/1, {needs_x, needs_weight, /*bias=*/false});
  return {dx, dw};
}

// All three convolutions of a layer by Winograd's algorithm.
struct Winograd {
  static Tensor output(const Tensor& x, const Tensor& weight, const ConvolveFinish* finish = nullptr) {
    return winograd(shape_of(x, weight), x, weight.const_data_ptr<float>(), strides_of(weight), finish);
  }

  static Tensor input_gradient(const Tensor& x, const Tensor& weight, const Tensor& dy) {
    const WeightStrides w = strides_of(weight);
    const float* const last_tap = weight.const_data_ptr<float>() + 2 * w.row + 2 * w.column;
    return winograd(backwards(shape_of(x, weight)), dy, last_tap, {w.in, w.out, -w.row, -w.column});
  }

  static Tensor weight_gradient(const Tensor& x, const Tensor& weight, const Tensor& dy) {
    return x.scalar_type() == at::kFloat ? weight_gradient_by(kWinogradGradient<float>, x, weight, dy)
                                         : weight_gradient_by(kWinogradGradient<Bf16>, x, weight, dy);
  }
};

// The gradient of the weights by AMX. The other two are left to LibTorch, whose oneDNN is as fast in them.
struct AmxGradient {
  static Tensor output(const Tensor& x, const Tensor& weight) {
    return at::conv2d(x, weight.to(x.scalar_type()), /*bias=*/{}, /*stride=*/1, /*padding=*/1);
  }

  static Tensor input_gradient(const Tensor& x, const Tensor& weight, const Tensor& dy) {
    return std::get<0>(eager_gradients(x, weight, dy, /*needs_x=*/true, /*needs_weight=*/false));
  }

  static Tensor weight_gradient(const Tensor& x, const Tensor& weight, const Tensor& dy) {
    return weight_gradient_by(kAmxGradient, x, weight, dy);
  }
};

template <typename By>
struct Convolution : torch::autograd::Function<Convolution<By>> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight) {
    context->save_for_backward({x, weight});
    return By::output(x, weight);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor& x = saved[0];
    const Tensor& weight = saved[1];
    const bool needs_x = context->needs_input_grad(0);
    const bool needs_weight = context->needs_input_grad(1);
    const Tensor dy = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    if (at::GradMode::is_enabled()) {
      // In float32: oneDNN's second gradients in bfloat16 are wrong where it takes AMX (LibTorch 2.13: off by half).
      const at::ScalarType type = weight.scalar_type();
      const auto [dx, dw] = eager_gradients(x.to(type), weight, dy.to(type), needs_x, needs_weight);
      return {needs_x ? dx.to(x.scalar_type()) : dx, dw};
    }
    return {needs_x ? By::input_gradient(x, weight, dy) : Tensor(),
            needs_weight ? By::weight_gradient(x, weight, dy) : Tensor()};
  }
};

// oneDNN's convolutions with a sum behind them: operations that LibTorch's compiler calls, and has no C++
// functions for. They take bfloat16 only where the machine computes in it.
bool fits_onednn(const Tensor& x) {
  const bool has_onednn = at::hasMKLDNN() && at::globalContext().userEnabledMkldnn();
  if (kernels() != Kernels::kFast || !x.is_cpu() || !has_onednn || x.numel() == 0) return false;
  return x.scalar_type() == at::kFloat || (x.scalar_type() == at::kBFloat16 && simd_target().starts_with("AVX3"));
}

Tensor call(const c10::OperatorHandle& operation, std::vector<c10::IValue> arguments) {
  operation.callBoxed(&arguments);
  return arguments.at(0).toTensor();
}

// LibTorch's own converts each bfloat16 number to float32 and back.
void apply_relu(const Tensor& y) {
  if (y.scalar_type() != at::kBFloat16 || !y.is_non_overlapping_and_dense()) {
    y.relu_();
    return;
  }
  Bf16* const numbers = mutable_data<Bf16>(y);
  at::parallel_for(0, y.numel(), /*grain_size=*/1 << 16,
                   [&](std::int64_t first, std::int64_t last) { relu_in_place(numbers + first, last - first); });
}

Tensor onednn(const Tensor& x, const Tensor& weight, std::int64_t stride, const ConvolveFinish& finish) {
  static const auto unary = c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_convolution_pointwise", "");
  static const auto binary = c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_convolution_pointwise", "binary");
  const std::vector<std::int64_t> padding = {weight.size(2) / 2, weight.size(3) / 2};
  const std::vector<std::int64_t> strides = {stride, stride};
  const std::vector<std::int64_t> dilation = {1, 1};
  const std::int64_t groups = 1;
  const c10::List<std::optional<at::Scalar>> no_scalars;
  Tensor y = finish.residual
                 ? call(binary, {x, *finish.residual, weight, finish.shift, padding, strides, dilation, groups, "add",
                                 at::Scalar(1.0), c10::IValue(), no_scalars, c10::IValue()})
                 : call(unary, {x, weight, finish.shift, padding, strides, dilation, groups, "none", no_scalars, ""});
  if (finish.has_relu) apply_relu(y);  // not oneDNN's own, which makes zero of NaN
  return y;
}

// A 1x1 layer with a stride reads every second pixel or so of each row. oneDNN's gradient of x is slow there: two to
// four times slower than that of the layer without a stride on those pixels alone. GradMode is not asked: a block that
// is recomputed runs first without it, and must take the same way both times.
bool is_better_sampled_first(const Tensor& x, const Tensor& weight, std::int64_t stride) {
  return kernels() == Kernels::kFast && stride > 1 && weight.dim() == 4 && weight.size(2) == 1 && weight.size(3) == 1 &&
         x.is_cpu() && x.dim() == 4 && x.is_contiguous(at::MemoryFormat::ChannelsLast) && x.requires_grad();
}

bool fits_residual(const Tensor& x, const Tensor& weight, const std::optional<Tensor>& residual) {
  return !residual ||
         (residual->is_contiguous(at::MemoryFormat::ChannelsLast) && residual->scalar_type() == x.scalar_type() &&
          residual->size(0) == x.size(0) && residual->size(1) == weight.size(0) && residual->size(2) == x.size(2) &&
          residual->size(3) == x.size(3));
}

}  // namespace

Tensor convolve_and_finish(const Tensor& x, const Tensor& weight, std::int64_t stride, const ConvolveFinish& finish) {
  const at::NoGradGuard no_gradient;
  if (algorithm_for(x, weight, stride) == Algorithm::kWinograd && fits_residual(x, weight, finish.residual) &&
      is_vector_of_floats(finish.shift)) {
    return Winograd::output(x, weight, &finish);
  }
  const bool has_double =
      x.scalar_type() == at::kDouble || weight.scalar_type() == at::kDouble;  // which autocast leaves
  if (at::autocast::is_autocast_enabled(x.device().type()) && !has_double) {
    const at::ScalarType type = at::autocast::get_autocast_dtype(x.device().type());
    if (x.scalar_type() != type || weight.scalar_type() != type) {
      ConvolveFinish in_type{finish.shift.to(type), std::nullopt, finish.has_relu};
      if (finish.residual) in_type.residual = finish.residual->to(type);
      return convolve_and_finish(x.to(type), weight.to(type), stride, in_type);
    }
  }
  if (fits_onednn(x)) return onednn(x, weight, stride, finish);
  Tensor y = at::conv2d(x, weight, finish.shift, {stride, stride}, {weight.size(2) / 2, weight.size(3) / 2});
  if (finish.residual) y.add_(*finish.residual);
  return finish.has_relu ? y.relu_() : y;
}

Tensor convolve(const Tensor& x, const Tensor& weight, std::int64_t stride) {
  const std::optional<Algorithm> algorithm = algorithm_for(x, weight, stride);
  if (algorithm == Algorithm::kWinograd) return Convolution<Winograd>::apply(x, weight);
  if (algorithm == Algorithm::kAmxGradient) return Convolution<AmxGradient>::apply(x, weight);
  if (is_better_sampled_first(x, weight, stride)) return convolve(sample_and_pad(x, {}, stride), weight, /*stride=*/1);
  return at::conv2d(x, weight, /*bias=*/{}, /*stride=*/{stride, stride},
                    /*padding=*/{weight.size(2) / 2, weight.size(3) / 2});
}

}  // namespace resnet

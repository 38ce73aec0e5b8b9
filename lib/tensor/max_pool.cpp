// SPDX-License-Identifier: MIT
#include "tensor/max_pool.hpp"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstdint>
#include <vector>

#include "kernel/bf16.hpp"
#include "kernel/max_pool.hpp"
#include "tensor/kernel_choice.hpp"
#include "tensor/single_backward.hpp"

namespace resnet {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;
constexpr std::int64_t kRowsPerTask = 4;
constexpr std::int64_t kLargestKernel = 15;  // whose taps a byte can number

bool fits_kernels(const Tensor& x, const PoolWindows& w) {
  const bool has_type = x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16;
  if (kernels() != Kernels::kFast || !x.is_cpu() || x.dim() != 4 || x.numel() == 0 || !has_type ||
      !x.is_contiguous(kChannelsLast)) {
    return false;
  }
  const bool has_windows = w.kernel >= 1 && w.stride >= 1 && w.padding >= 0;
  return has_windows && w.kernel <= kLargestKernel && 2 * w.padding <= w.kernel &&
         x.size(2) + 2 * w.padding >= w.kernel && x.size(3) + 2 * w.padding >= w.kernel;
}

PoolShape shape_of(at::IntArrayRef sizes, const PoolWindows& w) {
  return {sizes[0], sizes[2], sizes[3], sizes[1], w.kernel, w.stride, w.padding};
}

template <typename T>
void forward_in(const PoolShape& shape, const Tensor& x, const Tensor& y, const Tensor& taps) {
  const T* const from = static_cast<const T*>(x.const_data_ptr());
  T* const to = static_cast<T*>(y.mutable_data_ptr());
  std::uint8_t* const places = taps.defined() ? taps.mutable_data_ptr<std::uint8_t>() : nullptr;
  at::parallel_for(0, shape.images * shape.out_height(), kRowsPerTask,
                   [&](std::int64_t first, std::int64_t last) { max_pool(shape, from, to, places, first, last); });
}

// `taps` is undefined where nobody will ask for a gradient.
Tensor forward(const Tensor& x, const PoolWindows& windows, const Tensor& taps) {
  const PoolShape shape = shape_of(x.sizes(), windows);
  const Tensor y =
      at::empty({shape.images, shape.channels, shape.out_height(), shape.out_width()}, x.options(), kChannelsLast);
  x.scalar_type() == at::kFloat ? forward_in<float>(shape, x, y, taps) : forward_in<Bf16>(shape, x, y, taps);
  return y;
}

template <typename T>
void backward_in(const PoolShape& shape, const Tensor& dy, const Tensor& taps, const Tensor& dx) {
  const T* const from = static_cast<const T*>(dy.const_data_ptr());
  const std::uint8_t* const places = taps.const_data_ptr<std::uint8_t>();
  T* const to = static_cast<T*>(dx.mutable_data_ptr());
  at::parallel_for(0, shape.images * shape.height, kRowsPerTask, [&](std::int64_t first, std::int64_t last) {
    max_pool_gradient(shape, from, places, to, first, last);
  });
}

class FastMaxPool : public torch::autograd::Function<FastMaxPool> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const PoolWindows& windows) {
    const PoolShape shape = shape_of(x.sizes(), windows);
    const Tensor taps = at::empty({shape.images, shape.out_height(), shape.out_width(), shape.channels}, at::kByte);
    ctx->save_for_backward({taps});
    ctx->saved_data["sizes"] = x.sizes().vec();
    ctx->saved_data["windows"] = std::vector<std::int64_t>{windows.kernel, windows.stride, windows.padding};
    return resnet::forward(x, windows, taps);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    require_single_backward("max pool");
    const auto windows = ctx->saved_data["windows"].toIntVector();
    const auto sizes = ctx->saved_data["sizes"].toIntVector();
    const PoolShape shape = shape_of(sizes, {windows[0], windows[1], windows[2]});
    const Tensor dy = gradients[0].contiguous(kChannelsLast);
    const Tensor dx = at::empty(sizes, dy.options(), kChannelsLast);
    const Tensor taps = ctx->get_saved_variables()[0];
    dy.scalar_type() == at::kFloat ? backward_in<float>(shape, dy, taps, dx) : backward_in<Bf16>(shape, dy, taps, dx);
    return {dx, Tensor()};
  }
};

}  // namespace

Tensor max_pool(const Tensor& x, const PoolWindows& w) {
  if (!fits_kernels(x, w)) {
    return at::max_pool2d(x, {w.kernel, w.kernel}, {w.stride, w.stride}, {w.padding, w.padding});
  }
  if (!at::GradMode::is_enabled() || !x.requires_grad()) return forward(x, w, Tensor());
  return FastMaxPool::apply(x, w);
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "tensor/sample_and_pad.hpp"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstddef>
#include <cstring>

#include "tensor/kernel_choice.hpp"
#include "tensor/single_backward.hpp"

namespace resnet {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

Tensor eager_sample_and_pad(const Tensor& x, ZeroChannels zeros, std::int64_t stride) {
  const Tensor sampled = x.slice(2, 0, x.size(2), stride).slice(3, 0, x.size(3), stride);
  // Of few pixels, padding may make a map of another format.
  return at::constant_pad_nd(sampled, {0, 0, 0, 0, zeros.before, zeros.after}).contiguous(x.suggest_memory_format());
}

// The two maps as bytes: numbers of any type are copied alike.
struct Sampling {
  Sampling(const Tensor& large, const Tensor& small, std::int64_t every, std::int64_t zeros_before)
      : images(large.size(0)),
        stride(every),
        height(large.size(2)),
        width(large.size(3)),
        pixel_bytes(large.size(1) * large.element_size()),
        small_height(small.size(2)),
        small_width(small.size(3)),
        small_pixel_bytes(small.size(1) * small.element_size()),
        bytes_before(zeros_before * small.element_size()) {}

  std::int64_t images;
  std::int64_t stride;
  std::int64_t height;
  std::int64_t width;
  std::size_t pixel_bytes;
  std::int64_t small_height;
  std::int64_t small_width;
  std::size_t small_pixel_bytes;
  std::size_t bytes_before;  // of zeros, in a small map's pixel
};

constexpr std::int64_t kRowsPerTask = 16;

Tensor forward(const Tensor& x, ZeroChannels zeros, std::int64_t stride) {
  const std::int64_t channels = zeros.before + x.size(1) + zeros.after;
  const Tensor y = at::empty({x.size(0), channels, (x.size(2) - 1) / stride + 1, (x.size(3) - 1) / stride + 1},
                             x.options(), kChannelsLast);
  const Sampling s(x, y, stride, zeros.before);
  const auto* const from = static_cast<const std::byte*>(x.const_data_ptr());
  auto* const to = static_cast<std::byte*>(y.data_ptr());
  at::parallel_for(0, s.images * s.small_height, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t image = row / s.small_height;
      const std::int64_t from_row = image * s.height + row % s.small_height * s.stride;
      for (std::int64_t column = 0; column < s.small_width; ++column) {
        std::byte* const pixel = to + (row * s.small_width + column) * s.small_pixel_bytes;
        std::byte* const copied = pixel + s.bytes_before;
        std::byte* const behind = copied + s.pixel_bytes;
        std::memset(pixel, 0, s.bytes_before);
        std::memcpy(copied, from + (from_row * s.width + column * s.stride) * s.pixel_bytes, s.pixel_bytes);
        std::memset(behind, 0, s.small_pixel_bytes - s.pixel_bytes - s.bytes_before);
      }
    }
  });
  return y;
}

Tensor backward(const Tensor& dy, at::IntArrayRef sizes, std::int64_t zeros_before, std::int64_t stride) {
  const Tensor dx = at::empty(sizes, dy.options(), kChannelsLast);
  const Sampling s(dx, dy, stride, zeros_before);
  const auto* const from = static_cast<const std::byte*>(dy.const_data_ptr());
  auto* const to = static_cast<std::byte*>(dx.data_ptr());
  at::parallel_for(0, s.images * s.height, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      std::byte* const to_row = to + row * s.width * s.pixel_bytes;
      std::memset(to_row, 0, s.width * s.pixel_bytes);
      const std::int64_t y = row % s.height;
      if (y % s.stride != 0) continue;
      const std::int64_t from_row = row / s.height * s.small_height + y / s.stride;
      for (std::int64_t column = 0; column < s.small_width; ++column) {
        std::memcpy(to_row + column * s.stride * s.pixel_bytes,
                    from + (from_row * s.small_width + column) * s.small_pixel_bytes + s.bytes_before, s.pixel_bytes);
      }
    }
  });
  return dx;
}

class FastSampleAndPad : public torch::autograd::Function<FastSampleAndPad> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& x, ZeroChannels zeros, std::int64_t stride) {
    ctx->saved_data["sizes"] = x.sizes().vec();
    ctx->saved_data["zeros_before"] = zeros.before;
    ctx->saved_data["stride"] = stride;
    return resnet::forward(x, zeros, stride);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    require_single_backward("sampling a map");
    const Tensor dx = resnet::backward(gradients[0].contiguous(kChannelsLast), ctx->saved_data["sizes"].toIntVector(),
                                       ctx->saved_data["zeros_before"].toInt(), ctx->saved_data["stride"].toInt());
    return {dx, Tensor(), Tensor()};
  }
};

}  // namespace

Tensor sample_and_pad(const Tensor& x, ZeroChannels zeros, std::int64_t stride) {
  if (kernels() != Kernels::kFast || !x.is_cpu() || x.numel() == 0 || !x.is_contiguous(kChannelsLast)) {
    return eager_sample_and_pad(x, zeros, stride);
  }
  if (!at::GradMode::is_enabled() || !x.requires_grad()) return forward(x, zeros, stride);
  return FastSampleAndPad::apply(x, zeros, stride);
}

}  // namespace resnet

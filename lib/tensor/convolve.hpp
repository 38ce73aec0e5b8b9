// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace resnet {

/// A convolution without bias whose padding keeps the map's size at stride 1: kernel / 2 on each side.
///
/// 3x3 layers of stride 1 whose map is channels-last and on the CPU go through kernel/winograd.hpp where
/// `winograd_pays`: in float32, and under autocast to bfloat16 those whose map is bfloat16 by then. Of the latter, where
/// `amx_gradient_pays`, the gradient of the weights alone is ours (kernel/amx_gradient.hpp). All else, and everything
/// under Kernels::kEager, goes through LibTorch, to the same results within rounding. Ours do not depend on the number
/// of threads. A gradient that nobody needs is not computed, and one that is to be differentiated again is LibTorch's,
/// in float32. A 1x1 layer with a stride takes the pixels that it reads out of the map first
/// (tensor/sample_and_pad.hpp), where x needs a gradient; that one cannot be differentiated again.
///
/// Under autocast, Winograd's algorithm takes the float32 weights themselves, and either of ours gives their gradient in
/// float32 without a rounding to bfloat16 between.
///
/// Shapes   x [N, in, H, W], weight [out, in, kernel, kernel] -> [N, out, ceil(H / stride), ceil(W / stride)]. Ours
///          gives channels-last maps, and the weight's gradient in the weight's own memory format.
/// Differs  Winograd's transforms mix the pixels of a tile: where LibTorch gives an infinity, ours gives NaN, in the
///          whole 2x2 tile of the output. What is not finite reaches further in AMX's gradient too
///          (kernel/amx_gradient.hpp).
at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride);

/// What follows a convolution in a net that is only tested.
struct ConvolveFinish {
  at::Tensor shift;                    ///< [out], added.
  std::optional<at::Tensor> residual;  ///< Then added, a map like the output.
  bool has_relu = false;               ///< Then what is below zero becomes zero.
};

/// convolve(x, weight, stride) and what follows it, in one pass over the output where our kernels or oneDNN's have one.
///
/// Not for training: the result has no gradient. Shapes as convolve's.
at::Tensor convolve_and_finish(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride,
                               const ConvolveFinish& finish);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace resnet {

/// The windows of a max pool, alike in both directions.
struct PoolWindows {
  std::int64_t kernel = 0;
  std::int64_t stride = 0;
  std::int64_t padding = 0;
};

/// The largest number of each window; padding never wins.
///
/// Channels-last maps in float32 or bfloat16 on the CPU take our kernels; all else, and everything under
/// Kernels::kEager, takes LibTorch's operation, to the same bits; in bfloat16 the gradient is summed in float32 and
/// rounded once, where LibTorch rounds each partial sum. Of equal numbers the first gets the gradient. For the backward
/// pass ours keeps a byte for each output, where LibTorch keeps eight. It cannot be differentiated twice.
///
/// Shapes   x [N, C, H, W] -> [N, C, (H + 2 padding - kernel) / stride + 1, likewise], in x's memory format; the
///          division rounds down.
/// Throws   Error, in a backward pass that makes a graph of its own, if the kernels were ours.
at::Tensor max_pool(const at::Tensor& x, const PoolWindows& windows);

}  // namespace resnet

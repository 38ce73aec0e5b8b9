// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace resnet {

/// A convolution without bias whose padding keeps the map's size at stride 1: kernel / 2 on each side.
///
/// 3x3 layers of stride 1 whose map is channels-last, in float32 and on the CPU, go through kernel/winograd.hpp where
/// `winograd_pays`; all else, everything under autocast and everything under Kernels::kEager goes through LibTorch, to
/// the same results within rounding. Ours do not depend on the number of threads. A gradient that nobody needs is not
/// computed, and one that is to be differentiated again is LibTorch's.
///
/// Shapes   x [N, in, H, W], weight [out, in, kernel, kernel] -> [N, out, ceil(H / stride), ceil(W / stride)]. Ours
///          gives channels-last maps, and the weight's gradient in the weight's own memory format.
at::Tensor convolve(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace resnet {

/// Every stride-th pixel of x in both directions, from the first on, with channels of zeros after its own.
///
/// One copy where LibTorch's operations take two; theirs are taken for what is not channels-last or not on the CPU, and
/// under Kernels::kEager. The numbers are the same.
///
/// Shapes   x [N, C, H, W] -> [N, channels, ceil(H / stride), ceil(W / stride)], in x's dtype and memory format;
///          channels >= C, stride >= 1.
/// Throws   Error, in a backward pass that makes a graph of its own, if the copy was ours.
at::Tensor sample_and_pad(const at::Tensor& x, std::int64_t channels, std::int64_t stride);

}  // namespace resnet

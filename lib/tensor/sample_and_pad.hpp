// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace resnet {

/// Channels of zeros before and after a map's own.
struct ZeroChannels {
  std::int64_t before = 0;
  std::int64_t after = 0;
};

/// Every stride-th pixel of x in both directions, from the first on, between channels of zeros.
///
/// One copy where LibTorch's operations take two; theirs are taken for what is not channels-last or not on the CPU, and
/// under Kernels::kEager. The numbers are the same.
///
/// Shapes   x [N, C, H, W] -> [N, before + C + after, ceil(H / stride), ceil(W / stride)], in x's dtype and memory
///          format; before, after >= 0, stride >= 1.
/// Throws   Error, in a backward pass that makes a graph of its own, if the copy was ours.
at::Tensor sample_and_pad(const at::Tensor& x, ZeroChannels zeros, std::int64_t stride);

}  // namespace resnet

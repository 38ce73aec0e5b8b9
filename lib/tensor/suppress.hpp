// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace resnet {

/// Greedy non-maximum suppression: from the best score on, a box is kept unless its intersection over union with a kept
/// one is above `overlap`.
///
/// Equal scores in the order in which they stand. It ends once `most` are kept, and decides as torchvision's nms (see
/// kernel/suppress.hpp). Computed on the CPU, in float32, and never a part of a graph.
///
/// Shapes   boxes [N, 4] (left, top, right, bottom), scores [N], on any device; N may be 0
///          -> int64 [kept], indices into boxes, the best score first, on the boxes' device.
/// Throws   Error if the shapes are others, overlap is outside of [0, 1], most is negative, or a coordinate or a score
///          is not finite.
at::Tensor suppress(const at::Tensor& boxes, const at::Tensor& scores, double overlap, std::int64_t most);

}  // namespace resnet

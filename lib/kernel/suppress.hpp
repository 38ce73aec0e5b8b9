// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

namespace resnet {

/// Greedy non-maximum suppression: the indices of the boxes that are left, in order, when each kept one drops those
/// behind it that overlap it.
///
/// A box is dropped if its intersection over union with a kept one is above `overlap`, not at it. It ends once `most`
/// are kept. A box without an area drops none and none drops it. Rounded as by torchvision's nms: in float32, compared
/// with `overlap` in double.
///
/// Paper    Section 4.3 takes it from Faster R-CNN: S. Ren et al., "Faster R-CNN", 2015, Section 3.3.
/// Shapes   boxes [count, 4]: left, top, right, bottom, finite, in order of falling score; overlap in [0, 1], most >=
///          0.
std::vector<std::int64_t> suppress(const float* boxes, std::int64_t count, double overlap, std::int64_t most);

}  // namespace resnet

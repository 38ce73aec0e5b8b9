// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "detect/box.hpp"
#include "image/image_header.hpp"

namespace resnet {

// Many boxes as one tensor: float32, in the last dimension left, top, right, bottom.
//
// Units    pixels of the image that a net sees, continuous as in detect/box.hpp.
// Differs  The code of Fast R-CNN counts the last pixel in, as VOC's files do: there a box is wider by a pixel.

/// Shapes   -> [N, 4].
at::Tensor box_tensor(const std::vector<Box>& boxes);

/// One row of such a tensor, float32 on the CPU.
Box box_at(const at::Tensor& boxes, std::int64_t row);

/// Width times height; 0 where a box ends before it begins.
///
/// Shapes   [..., 4] -> [...].
at::Tensor areas(const at::Tensor& boxes);

/// The area that each two boxes share.
///
/// Shapes   a [N, 4], b [M, 4] -> [N, M].
at::Tensor intersections(const at::Tensor& a, const at::Tensor& b);

/// Intersection over union of each two boxes; 0 where neither has an area.
///
/// Shapes   a [N, 4], b [M, 4] -> [N, M].
at::Tensor overlaps(const at::Tensor& a, const at::Tensor& b);

/// What a net is to say of a reference box for it to become another: by how many of the reference's widths and heights
/// the centre moves, and the logarithms of what width and height are multiplied by.
///
/// Paper    Reference [32] (Faster R-CNN), Eqn. (2), after R-CNN.
/// Shapes   boxes and references [..., 4] -> [..., 4]. Both have an area.
at::Tensor offsets_of(const at::Tensor& boxes, const at::Tensor& references);

/// The inverse: the boxes that these offsets make of the references.
///
/// Shapes   offsets and references [..., 4], broadcast -> [..., 4].
/// Differs  Sizes grow by a factor of 1000 / 16 at most, as in Detectron: a net that has learnt nothing yet may say any
///          number, and its exponential is to stay one.
at::Tensor moved_by(const at::Tensor& references, const at::Tensor& offsets);

/// The part of each box that lies in the image.
at::Tensor clipped(const at::Tensor& boxes, ImageSize image);

}  // namespace resnet

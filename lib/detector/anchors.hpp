// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "image/image_header.hpp"

namespace resnet {

/// The reference boxes at each position of a map: each side with each ratio.
///
/// Paper    Reference [32], Section 3.1.1: "3 scales and 3 aspect ratios", areas of 128^2, 256^2 and 512^2 pixels and
///          ratios 1:1, 1:2 and 2:1.
/// Units    `sides` pixels of the image that the net sees: an anchor has the area of a square of this side. A ratio is
///          height by width.
struct AnchorShapes {
  std::vector<double> sides = {128, 256, 512};
  std::vector<double> ratios = {0.5, 1, 2};

  std::int64_t count() const { return static_cast<std::int64_t>(sides.size() * ratios.size()); }
  bool operator==(const AnchorShapes&) const = default;
};

/// Throws Error with Fault::kUsage unless there are from 1 to 100 shapes, with sides of 1 to 10,000 and ratios of 0.01
/// to 100.
void check_anchors(const AnchorShapes& shapes);

/// The anchors of a map, position by position, row after row, at each position side by side in the order of `shapes`:
/// all ratios of the first side, then of the next.
///
/// Each is centred on what a position stands for, `stride` pixels of the image.
///
/// Shapes   -> [map.height * map.width * shapes.count(), 4], as in box_tensor.hpp.
/// Differs  The code of [32] rounds sizes to whole pixels.
at::Tensor anchors_on(ImageSize map, const AnchorShapes& shapes, std::int64_t stride);

}  // namespace resnet

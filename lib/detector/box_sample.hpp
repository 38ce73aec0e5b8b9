// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "detector/objects_in_view.hpp"
#include "image/image_header.hpp"

namespace resnet {

/// Which anchors the region proposal network learns from.
///
/// Paper    Reference [32], Section 3.1.2 and 3.1.3.
struct AnchorRule {
  std::int64_t count = 256;      ///< Of an image; of them at most half with an object.
  double object_overlap = 0.7;   ///< An anchor is an object's from here on, and where no other overlaps it as much.
  double nothing_overlap = 0.3;  ///< Below it, with all objects, it is nobody's.
  double crowd_part = 0.7;       ///< One with so much of it in a crowd is left out unless it is an object's.
};

/// Anchors drawn for one image.
///
/// Shapes   with_object [P] and without [Q] index the anchors, int64; offsets [P, 4], from those to their objects.
struct AnchorSample {
  at::Tensor with_object;
  at::Tensor without;
  at::Tensor offsets;
};

/// Draws them, a function of the seed.
///
/// Anchors that do not lie in the image as a whole are not learnt from. Where there are too few with an object, more
/// without make up for them.
///
/// Differs  [32]'s code leaves out none for a crowd at this step, and those of crowds at the next.
AnchorSample sample_anchors(const at::Tensor& anchors, ImageSize image, const ObjectsInView& objects,
                            const AnchorRule& rule, std::uint64_t seed);

/// Which regions the second half learns from.
///
/// Paper    Reference [7] (Fast R-CNN), Section 2.3: a quarter with an object, from an overlap of 0.5 on.
/// Differs  There, 64 of each of two images, and regions without an object have an overlap of 0.1 at least; here as in
///          [32]'s code for training both halves at once.
struct RegionRule {
  std::int64_t count = 128;       ///< Of an image.
  double object_fraction = 0.25;  ///< At most so many with an object.
  double object_overlap = 0.5;    ///< A region is an object's from here on.
  double crowd_part = 0.7;        ///< As in AnchorRule.
};

/// Regions drawn for one image, those with an object first.
///
/// Shapes   regions [R, 4]; labels int64 [R], 0 for those without an object; offsets [P, 4] of the first P ones, which
///          have one.
struct RegionSample {
  at::Tensor regions;
  at::Tensor labels;
  at::Tensor offsets;
};

/// Draws them from the proposals and the objects' own boxes, a function of the seed.
RegionSample sample_regions(const at::Tensor& proposals, const ObjectsInView& objects, const RegionRule& rule,
                            std::uint64_t seed);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>

#include "detector/box_sample.hpp"
#include "detector/detector.hpp"
#include "detector/proposals.hpp"

namespace resnet {

/// How a detector learns from an image.
struct DetectorLossRule {
  AnchorRule anchors;
  ProposalRule proposals = training_proposals();
  RegionRule regions;
};

/// What is to become small; each [] in float32.
///
/// Paper    Reference [32], Eqn. (1): the first two of the region proposal network; reference [7], Eqn. (1): the
///          others.
struct DetectorLoss {
  torch::Tensor anchor_logits;   ///< Whether there is an object: cross-entropy, averaged over the sampled anchors.
  torch::Tensor anchor_offsets;  ///< And where: smooth L1 of those with one, by the number of all sampled.
  torch::Tensor region_logits;   ///< What it is.
  torch::Tensor region_offsets;  ///< And where.

  torch::Tensor sum() const { return anchor_logits + anchor_offsets + region_logits + region_offsets; }
};

/// The loss of one image, with its gradient's graph; what is drawn at random is a function of the seed.
///
/// Both halves learn at once from the map that they share. The proposals are constants to the gradient.
///
/// Paper    Section 4.3; reference [32], Sections 3.1.2 and 3.2.
/// Shapes   image [1, 3, H, W].
/// Differs  [32] trains the halves in turns, in four steps; here as its later code does, "approximate joint training".
///          Smooth L1 is quadratic up to 1/9 for anchors and up to 1 for regions, and both of the first half's terms
///          are divided by the sampled anchors, as there.
DetectorLoss detector_loss(Detector& detector, const torch::Tensor& image, const ObjectsInView& objects,
                           const DetectorLossRule& rule, std::uint64_t seed);

}  // namespace resnet

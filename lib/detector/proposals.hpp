// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>

#include "detector/detector.hpp"
#include "image/image_header.hpp"

namespace resnet {

/// Which anchors become regions that the second half looks at.
///
/// Paper    Reference [32], Section 3.3: overlaps above 0.7 are suppressed; 2000 proposals are trained on, 300 tested.
///          The other numbers are those of its code.
/// Differs  There, the least side is counted in pixels of the image as it was before it was resized.
struct ProposalRule {
  std::int64_t most_looked_at = 6000;  ///< Those with the best scores.
  std::int64_t most = 300;             ///< Proposals that are left.
  double overlap = 0.7;                ///< Of two that overlap by more, the better one is left.
  double least_side = 16;              ///< Pixels of the image that the net sees; smaller ones are dropped.
};

/// 2000 of the best 12,000.
ProposalRule training_proposals();

/// The regions of an image, best first: the anchors moved by their offsets and cut to the image; of those that are
/// large enough the best, without what overlaps a better one.
///
/// An anchor whose numbers are not finite makes none.
///
/// Shapes   anchors [A, 4] -> [at most rule.most, 4], without a gradient.
torch::Tensor propose(const AnchorScores& scores, const torch::Tensor& anchors, ImageSize image,
                      const ProposalRule& rule);

}  // namespace resnet

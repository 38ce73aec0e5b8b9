// SPDX-License-Identifier: MIT
#include "detector/proposals.hpp"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <torch/utils.h>

#include <algorithm>

#include "detector/box_tensor.hpp"
#include "tensor/suppress.hpp"

namespace resnet {

ProposalRule training_proposals() {
  ProposalRule rule;
  rule.most_looked_at = 12'000;
  rule.most = 2000;
  return rule;
}

torch::Tensor propose(const AnchorScores& scores, const torch::Tensor& anchors, ImageSize image,
                      const ProposalRule& rule) {
  const torch::NoGradGuard no_gradient;
  const torch::Tensor boxes = clipped(moved_by(anchors, scores.offsets), image);
  const auto sides = boxes.unbind(1);
  // Not finite compares false.
  const torch::Tensor is_usable = (sides[2] - sides[0] >= rule.least_side)
                                      .logical_and(sides[3] - sides[1] >= rule.least_side)
                                      .logical_and(scores.logits.isfinite());
  const torch::Tensor usable = is_usable.nonzero().squeeze(1);
  const auto [best, order] = scores.logits.index_select(0, usable).topk(std::min(rule.most_looked_at, usable.size(0)));
  const torch::Tensor regions = boxes.index_select(0, usable.index_select(0, order));
  return regions.index_select(0, suppress(regions, best, rule.overlap, rule.most));
}

}  // namespace resnet

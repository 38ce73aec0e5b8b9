// SPDX-License-Identifier: MIT
#include "detector/find_objects.hpp"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <torch/utils.h>

#include <algorithm>
#include <utility>

#include "detector/box_tensor.hpp"
#include "tensor/suppress.hpp"

namespace resnet {

std::vector<Detection> find_objects(Detector& detector, const torch::Tensor& image, const DetectionRule& rule) {
  const torch::NoGradGuard no_gradient;
  const ImageSize size{image.size(2), image.size(3)};
  const torch::Tensor map = detector.shared_map(image);
  const torch::Tensor anchors = detector.anchors_of(map).to(image.device());
  const torch::Tensor regions = propose(detector.score_anchors(map), anchors, size, rule.proposals);
  if (regions.size(0) == 0) return {};

  const RegionScores scores = detector.score_regions(map, regions);
  const torch::Tensor probabilities = scores.logits.softmax(1).to(at::kCPU);
  const torch::Tensor boxes =
      clipped(moved_by(regions.unsqueeze(1), scores.offsets * Detector::offset_deviations(image.device())), size)
          .to(at::kCPU);  // [R, classes, 4]

  std::vector<Detection> found;
  for (std::int64_t label = 0; label < detector.spec().classes(); ++label) {
    const torch::Tensor of_class = probabilities.select(1, label + 1);
    const torch::Tensor boxes_of_class = boxes.select(1, label);
    const torch::Tensor is_usable = (of_class >= rule.least_score).logical_and(boxes_of_class.isfinite().all(1));
    const torch::Tensor usable = is_usable.nonzero().squeeze(1);
    const torch::Tensor candidates = boxes_of_class.index_select(0, usable);
    const torch::Tensor candidate_scores = of_class.index_select(0, usable);
    const torch::Tensor kept = suppress(candidates, candidate_scores, rule.overlap, rule.most);
    for (std::int64_t i = 0; i < kept.size(0); ++i) {
      const auto which = kept[i].item<std::int64_t>();
      found.push_back({.image = 0,
                       .label = static_cast<std::size_t>(label),
                       .box = box_at(candidates, which),
                       .score = candidate_scores[which].item<double>()});
    }
  }
  std::ranges::stable_sort(found, [](const Detection& a, const Detection& b) { return a.score > b.score; });
  if (std::cmp_greater(found.size(), rule.most)) found.resize(static_cast<std::size_t>(rule.most));
  return found;
}

}  // namespace resnet

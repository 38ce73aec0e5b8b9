// SPDX-License-Identifier: MIT
#include "detector/detector_loss.hpp"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>

namespace resnet {
namespace {

constexpr double kAnchorBend = 1.0 / 9;  // where smooth L1 becomes linear: sigma is 3 in [32]'s code
constexpr double kRegionBend = 1;

/// The sum over all, divided by `count`.
torch::Tensor smooth_l1(const torch::Tensor& said, const torch::Tensor& right, double bend, std::int64_t count) {
  return at::smooth_l1_loss(said, right, at::Reduction::Sum, bend) /
         static_cast<double>(std::max<std::int64_t>(count, 1));
}

}  // namespace

DetectorLoss detector_loss(Detector& detector, const torch::Tensor& image, const ObjectsInView& objects,
                           const DetectorLossRule& rule, std::uint64_t seed) {
  const torch::Device device = image.device();
  const ImageSize size{image.size(2), image.size(3)};
  const torch::Tensor map = detector.shared_map(image);
  const torch::Tensor anchors = detector.anchors_of(map);
  const AnchorScores scores = detector.score_anchors(map);
  DetectorLoss loss;

  const AnchorSample anchor_sample = sample_anchors(anchors, size, objects, rule.anchors, seed);
  const torch::Tensor with_object = anchor_sample.with_object.to(device);
  const torch::Tensor sampled = at::cat({with_object, anchor_sample.without.to(device)});
  torch::Tensor is_object = at::zeros({sampled.size(0)}, scores.logits.options());
  is_object.slice(0, 0, with_object.size(0)).fill_(1);
  const torch::Tensor logits = scores.logits.index_select(0, sampled);
  loss.anchor_logits =
      at::binary_cross_entropy_with_logits(logits, is_object, /*weight=*/{}, /*pos_weight=*/{}, at::Reduction::Sum) /
      static_cast<double>(std::max<std::int64_t>(sampled.size(0), 1));
  loss.anchor_offsets = smooth_l1(scores.offsets.index_select(0, with_object), anchor_sample.offsets.to(device),
                                  kAnchorBend, sampled.size(0));

  const torch::Tensor proposals =
      propose({scores.logits.detach(), scores.offsets.detach()}, anchors.to(device), size, rule.proposals);
  const RegionSample region_sample = sample_regions(proposals.to(at::kCPU), objects, rule.regions, seed);
  const RegionScores said = detector.score_regions(map, region_sample.regions.to(device));
  const torch::Tensor labels = region_sample.labels.to(device);
  const std::int64_t regions = labels.size(0);
  loss.region_logits = at::cross_entropy_loss(said.logits, labels, /*weight=*/{}, at::Reduction::Sum) /
                       static_cast<double>(std::max<std::int64_t>(regions, 1));

  // Of the offsets for each class, those for the object's own.
  const std::int64_t with = region_sample.offsets.size(0);
  const torch::Tensor classes = (labels.slice(0, 0, with) - 1).view({-1, 1, 1}).expand({-1, 1, 4});
  const torch::Tensor own = said.offsets.slice(0, 0, with).gather(1, classes).squeeze(1);
  const torch::Tensor right = region_sample.offsets.to(device) / Detector::offset_deviations(device);
  loss.region_offsets = smooth_l1(own, right, kRegionBend, regions);
  return loss;
}

}  // namespace resnet

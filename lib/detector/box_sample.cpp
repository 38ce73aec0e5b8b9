// SPDX-License-Identifier: MIT
#include "detector/box_sample.hpp"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <cmath>
#include <utility>

#include "core/seed.hpp"
#include "detector/box_tensor.hpp"

namespace resnet {
namespace {

/// At most `count` of the indices where the mask is set, drawn at random, in rising order.
at::Tensor draw(const at::Tensor& mask, std::int64_t count, std::uint64_t seed) {
  const at::Tensor candidates = mask.nonzero().squeeze(1);
  if (candidates.size(0) <= count) return candidates;
  const auto order = random_permutation(candidates.size(0), seed);
  const at::Tensor first = at::tensor(at::ArrayRef(order).slice(0, static_cast<std::size_t>(count)));
  return candidates.index_select(0, std::get<0>(first.sort()));
}

/// The largest overlap of each box with an object, and with which; 0 and 0 where there are none.
std::pair<at::Tensor, at::Tensor> best_objects(const at::Tensor& each) {
  if (each.size(1) == 0) return {at::zeros({each.size(0)}), at::zeros({each.size(0)}, at::kLong)};
  const auto [most, which] = each.max(1);
  return {most, which};
}

/// Which boxes lie in a crowd by this part of their area.
at::Tensor are_crowded(const at::Tensor& boxes, const at::Tensor& crowds, double part) {
  if (crowds.size(0) == 0) return at::zeros({boxes.size(0)}, at::kBool);
  return std::get<0>((intersections(boxes, crowds) >= part * areas(boxes).unsqueeze(1)).max(1));
}

}  // namespace

AnchorSample sample_anchors(const at::Tensor& anchors, ImageSize image, const ObjectsInView& objects,
                            const AnchorRule& rule, std::uint64_t seed) {
  const auto sides = anchors.unbind(1);
  const at::Tensor is_inside = (sides[0] >= 0)
                                   .logical_and(sides[1] >= 0)
                                   .logical_and(sides[2] <= static_cast<double>(image.width))
                                   .logical_and(sides[3] <= static_cast<double>(image.height));
  const at::Tensor inside = is_inside.nonzero().squeeze(1);
  const at::Tensor usable = anchors.index_select(0, inside);

  const at::Tensor each = overlaps(usable, objects.boxes);
  const auto [most, object] = best_objects(each);
  at::Tensor has_object = most >= rule.object_overlap;
  if (each.numel() > 0) {
    const at::Tensor best = std::get<0>(each.max(0));  // [G]
    has_object = has_object.logical_or((each == best).logical_and(best > 0).any(1));
  }
  const at::Tensor has_none = (most < rule.nothing_overlap)
                                  .logical_and(has_object.logical_not())
                                  .logical_and(are_crowded(usable, objects.crowds, rule.crowd_part).logical_not());

  const at::Tensor positive = draw(has_object, rule.count / 2, derive_seed(seed, "anchors with an object"));
  const at::Tensor negative =
      draw(has_none, rule.count - positive.size(0), derive_seed(seed, "anchors without an object"));
  const at::Tensor targets = objects.boxes.index_select(0, object.index_select(0, positive));
  return {inside.index_select(0, positive), inside.index_select(0, negative),
          offsets_of(targets, usable.index_select(0, positive))};
}

RegionSample sample_regions(const at::Tensor& proposals, const ObjectsInView& objects, const RegionRule& rule,
                            std::uint64_t seed) {
  const at::Tensor candidates = at::cat({proposals, objects.boxes});
  const auto [most, object] = best_objects(overlaps(candidates, objects.boxes));
  const at::Tensor has_object = most >= rule.object_overlap;
  const at::Tensor has_none =
      has_object.logical_not().logical_and(are_crowded(candidates, objects.crowds, rule.crowd_part).logical_not());

  const auto most_with_object =
      static_cast<std::int64_t>(std::lround(rule.object_fraction * static_cast<double>(rule.count)));
  const at::Tensor positive = draw(has_object, most_with_object, derive_seed(seed, "regions with an object"));
  const at::Tensor negative =
      draw(has_none, rule.count - positive.size(0), derive_seed(seed, "regions without an object"));
  const at::Tensor objects_of_positive = object.index_select(0, positive);
  return {candidates.index_select(0, at::cat({positive, negative})),
          at::cat({objects.labels.index_select(0, objects_of_positive), at::zeros({negative.size(0)}, at::kLong)}),
          offsets_of(objects.boxes.index_select(0, objects_of_positive), candidates.index_select(0, positive))};
}

}  // namespace resnet

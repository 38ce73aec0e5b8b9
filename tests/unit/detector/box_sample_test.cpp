// SPDX-License-Identifier: MIT
#include "detector/box_sample.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <vector>

#include "detector/box_tensor.hpp"
#include "support/catch.hpp"

using namespace resnet;
using torch::Tensor;

namespace {

constexpr ImageSize kImage{100, 200};
constexpr std::int64_t kAll = 1'000'000;  // more than there are: then nothing is drawn

ObjectsInView objects(const std::vector<Box>& boxes, const std::vector<Box>& crowds = {}) {
  const auto count = static_cast<std::int64_t>(boxes.size());
  return {box_tensor(boxes), torch::arange(1, count + 1, torch::kLong), box_tensor(crowds)};
}

std::vector<std::int64_t> numbers(const Tensor& indices) {
  return {indices.const_data_ptr<std::int64_t>(), indices.const_data_ptr<std::int64_t>() + indices.numel()};
}

using Numbers = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("an anchor is an object's from an overlap of 0.7 on, nobody's below 0.3, and left out between") {
  const Tensor anchors = box_tensor({{0, 0, 20, 10},     // the object itself
                                     {0, 0, 20, 7.2},    // 0.72
                                     {0, 0, 20, 5},      // 0.5
                                     {0, 0, 20, 2.8},    // 0.28
                                     {100, 50, 20, 10},  // elsewhere
                                     {-1, 0, 20, 10}});  // beyond the image
  const AnchorSample sample = sample_anchors(anchors, kImage, objects({{0, 0, 20, 10}}), {.count = kAll}, 0);
  CHECK(numbers(sample.with_object) == Numbers{0, 1});
  CHECK(numbers(sample.without) == Numbers{3, 4});
  CHECK(torch::allclose(sample.offsets,
                        offsets_of(box_tensor({{0, 0, 20, 10}, {0, 0, 20, 10}}), anchors.slice(0, 0, 2))));
}

TEST_CASE("the anchors that overlap an object most are its own, however little") {
  const Tensor anchors = box_tensor({{0, 0, 20, 10}, {0, 0, 40, 40}, {40, 0, 40, 40}, {100, 50, 20, 10}});
  // The first object has an anchor of 0.7; of the second, two overlap a little and as much.
  const AnchorSample sample =
      sample_anchors(anchors, kImage, objects({{0, 0, 20, 10}, {30, 15, 20, 10}}), {.count = kAll}, 0);
  CHECK(numbers(sample.with_object) == Numbers{0, 1, 2});
  CHECK(numbers(sample.without) == Numbers{3});
  // An anchor's object is the one that it overlaps most, also where it is another's best anchor.
  CHECK(
      torch::allclose(moved_by(anchors.slice(0, 2, 3), sample.offsets.slice(0, 2, 3)), box_tensor({{30, 15, 20, 10}})));
}

TEST_CASE("an object that no anchor touches, and an image without objects, have none") {
  const Tensor anchors = box_tensor({{0, 0, 20, 10}, {0, 0, 40, 40}});
  const auto check_none = [&](const ObjectsInView& seen) {
    const AnchorSample sample = sample_anchors(anchors, kImage, seen, {.count = kAll}, 0);
    CHECK(sample.with_object.size(0) == 0);
    CHECK(sample.offsets.sizes() == at::IntArrayRef({0, 4}));
    CHECK(numbers(sample.without) == Numbers{0, 1});
  };
  check_none(objects({{150, 80, 10, 10}}));
  check_none(objects({}));
}

TEST_CASE("256 anchors are drawn, at most half of them with an object, as the seed says") {
  std::vector<Box> boxes;
  for (int i = 0; i < 400; ++i) boxes.push_back({0, 0, 20, 10 - 0.001 * i});     // with
  for (int i = 0; i < 400; ++i) boxes.push_back({100, 50, 20, 10 - 0.001 * i});  // without
  const Tensor anchors = box_tensor(boxes);
  const ObjectsInView seen = objects({{0, 0, 20, 10}});
  const AnchorSample sample = sample_anchors(anchors, kImage, seen, {}, 1);
  CHECK(sample.with_object.size(0) == 128);
  CHECK(sample.without.size(0) == 128);
  CHECK(sample.with_object.max().item<std::int64_t>() < 400);
  CHECK(sample.without.min().item<std::int64_t>() >= 400);
  CHECK(torch::equal(sample.with_object, sample_anchors(anchors, kImage, seen, {}, 1).with_object));
  CHECK_FALSE(torch::equal(sample.with_object, sample_anchors(anchors, kImage, seen, {}, 2).with_object));

  const AnchorSample few = sample_anchors(anchors.slice(0, 380), kImage, seen, {}, 1);
  CHECK(few.with_object.size(0) == 20);
  CHECK(few.without.size(0) == 236);
}

TEST_CASE("what lies in a crowd is nobody's, and not learnt as nothing") {
  const Tensor anchors = box_tensor({{100, 50, 20, 10}, {120, 50, 20, 10}, {0, 0, 20, 10}});
  const ObjectsInView seen = objects({{0, 0, 20, 10}}, {{90, 40, 36, 40}});  // of the second, 6 of 20 columns
  const AnchorSample sample = sample_anchors(anchors, kImage, seen, {.count = kAll}, 0);
  CHECK(numbers(sample.without) == Numbers{1});
  const RegionSample regions = sample_regions(anchors, seen, {.count = kAll}, 0);
  CHECK(torch::equal(regions.regions.slice(0, 2), anchors.slice(0, 1, 2)));
}

TEST_CASE("a region is an object's from an overlap of 0.5 on; the objects' own boxes are regions") {
  const Tensor proposals = box_tensor({{0, 0, 20, 5.1}, {0, 0, 20, 4.9}, {50, 50, 30, 30}, {52, 50, 30, 30}});
  const ObjectsInView seen = objects({{0, 0, 20, 10}, {50, 50, 30, 30}});
  const RegionSample sample = sample_regions(proposals, seen, {.count = kAll}, 0);
  CHECK(torch::equal(
      sample.regions,
      box_tensor(
          {{0, 0, 20, 5.1}, {50, 50, 30, 30}, {52, 50, 30, 30}, {0, 0, 20, 10}, {50, 50, 30, 30}, {0, 0, 20, 4.9}})));
  CHECK(numbers(sample.labels) == Numbers{1, 2, 2, 1, 2, 0});
  CHECK(torch::allclose(
      moved_by(sample.regions.slice(0, 0, 5), sample.offsets),
      box_tensor({{0, 0, 20, 10}, {50, 50, 30, 30}, {50, 50, 30, 30}, {0, 0, 20, 10}, {50, 50, 30, 30}})));
}

TEST_CASE("128 regions are drawn, at most a quarter of them with an object (Fast R-CNN, Section 2.3)") {
  std::vector<Box> boxes;
  for (int i = 0; i < 400; ++i) boxes.push_back({0, 0, 20, 10 - 0.001 * i});
  for (int i = 0; i < 400; ++i) boxes.push_back({100, 50, 20, 10 - 0.001 * i});
  const RegionSample sample = sample_regions(box_tensor(boxes), objects({{0, 0, 20, 10}}), {}, 1);
  CHECK(sample.labels.size(0) == 128);
  CHECK(sample.labels.sum().item<std::int64_t>() == 32);
  CHECK(sample.offsets.size(0) == 32);

  const RegionSample none = sample_regions(box_tensor({}), objects({}), {}, 1);
  CHECK(none.regions.sizes() == at::IntArrayRef({0, 4}));
}

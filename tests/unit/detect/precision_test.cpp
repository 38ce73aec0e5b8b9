// SPDX-License-Identifier: MIT
// Average precision of a few boxes, counted by hand.
#include <limits>

#include "core/error.hpp"
#include "detect/coco_precision.hpp"
#include "detect/voc_precision.hpp"
#include "support/catch.hpp"

namespace resnet {
namespace {

using Catch::Contains;

/// So many images of one class, each with an object of 10 x 10 pixels at the corner.
AnnotatedSet one_in_each(std::size_t images) {
  AnnotatedSet set;
  set.source = "made up";
  set.class_names = {"thing"};
  for (std::size_t i = 0; i < images; ++i) {
    set.images.push_back(std::to_string(i));
    set.objects.push_back({i, 0, {0, 0, 10, 10}, 100, ObjectKind::kPlain});
  }
  return set;
}

Detection found(std::size_t image, double score) { return {image, 0, {0, 0, 10, 10}, score}; }
Detection missed(std::size_t image, double score) { return {image, 0, {50, 50, 10, 10}, score}; }

double voc(const AnnotatedSet& set, const std::vector<Detection>& detections,
           PrecisionCurve curve = PrecisionCurve::kEveryPoint) {
  return *voc_precision(set, detections, curve).mean_percent;
}

double coco(const AnnotatedSet& set, const std::vector<Detection>& detections) {
  return *coco_precision(set, detections).precision.all;
}

TEST_CASE("boxes overlap by what they share over what they cover") {
  CHECK(overlap({0, 0, 10, 10}, {0, 0, 10, 10}) == 1);
  CHECK(overlap({0, 0, 10, 10}, {5, 0, 10, 10}) == Approx(50.0 / 150));
  CHECK(overlap({0, 0, 10, 10}, {10, 0, 10, 10}) == 0);  // neighbours
  CHECK(overlap({0, 0, 10, 10}, {2, 3, 4, 5}) == Approx(0.2));
  CHECK(overlap({1, 1, 0, 0}, {1, 1, 0, 0}) == 0);
}

TEST_CASE("a wrong detection costs precision where its score is above a right one's, and not below") {
  const AnnotatedSet set = one_in_each(2);
  CHECK(voc(set, {found(0, 0.9), found(1, 0.8)}) == 100);
  CHECK(voc(set, {found(0, 0.9), found(1, 0.8), missed(0, 0.7)}) == 100);
  CHECK(voc(set, {missed(0, 0.9), found(0, 0.8), found(1, 0.7)}) == Approx(100 * 2.0 / 3));
  CHECK(voc(set, {found(0, 0.9), missed(0, 0.8), found(1, 0.7)}) == Approx(100 * (1 + 2.0 / 3) / 2));
  CHECK(voc(set, {found(1, 0.9)}) == 50);
  CHECK(voc(set, {}) == 0);
}

TEST_CASE("an object is found once: the second detection of it is wrong") {
  const AnnotatedSet set = one_in_each(2);
  CHECK(voc(set, {found(0, 0.9), found(0, 0.8), found(1, 0.7)}) == Approx(100 * (1 + 2.0 / 3) / 2));
  CHECK(coco(set, {found(0, 0.9), found(0, 0.8), found(1, 0.7)}) == Approx(100 * (51 + 50 * 2.0 / 3) / 101));
}

TEST_CASE(
    "of the eleven points those count whose recall is reached: five of them where four of ten objects are found") {
  std::vector<Detection> detections;
  for (std::size_t i = 0; i < 4; ++i) detections.push_back(found(i, 1));
  CHECK(voc(one_in_each(10), detections, PrecisionCurve::kElevenPoints) == Approx(100 * 5.0 / 11));
  CHECK(voc(one_in_each(10), detections) == Approx(40));
  for (std::size_t i = 4; i < 6; ++i) detections.push_back(found(i, 1));
  CHECK(voc(one_in_each(10), detections, PrecisionCurve::kElevenPoints) ==
        Approx(100 * 6.0 / 11));  // 0.6 is not reached
}

TEST_CASE("VOC's detection belongs to the object that it overlaps most, found before or not, difficult or not") {
  AnnotatedSet set = one_in_each(1);
  set.objects.push_back({0, 0, {0, 4, 10, 10}, 100, ObjectKind::kPlain});
  const Detection above{0, 0, {0, 0, 10, 11}, 0.9};    // 100/110 of the first object, 70/140 of the second
  const Detection between{0, 0, {0, 1, 10, 10}, 0.8};  // 90/110 of the first, 70/130 of the second
  CHECK(voc(set, {above}) == 50);
  CHECK(voc(set, {above, between}) == 50);  // the first object once more, and so wrong
  CHECK(coco(set, {above, between}) > 50);  // COCO gives it the second, where half an overlap is enough
  set.objects[0].kind = ObjectKind::kDifficult;
  CHECK(voc(set, {between}) == 0);  // not counted: the second object stays to be found
  CHECK(voc(set, {above, between, {0, 0, {0, 4, 10, 10}, 0.1}}) == 100);
}

TEST_CASE("of equal scores the detection that was handed in first is judged first") {
  const AnnotatedSet set = one_in_each(1);
  CHECK(voc(set, {missed(0, 0.5), found(0, 0.5)}) == 50);
  CHECK(voc(set, {found(0, 0.5), missed(0, 0.5)}) == 100);
  CHECK(coco(set, {missed(0, 0.5), found(0, 0.5)}) == Approx(50));
  CHECK(coco(set, {found(0, 0.5), missed(0, 0.5)}) == Approx(100));
}

TEST_CASE("a difficult object is neither to be found nor wrong to find, however often") {
  AnnotatedSet set = one_in_each(2);
  set.objects[1].kind = ObjectKind::kDifficult;
  CHECK(voc(set, {found(1, 0.9), found(1, 0.8), found(0, 0.7)}) == 100);
  CHECK(voc_precision(set, {}, PrecisionCurve::kEveryPoint).classes[0].objects == 1);
  CHECK(coco(set, {found(1, 0.9), found(0, 0.7)}) == Approx(100));
  CHECK(coco(set, {found(1, 0.9), found(1, 0.8), found(0, 0.7)}) < 60);  // the second is nobody's
}

TEST_CASE("a crowd takes any number of detections that lie in it, and counts none") {
  AnnotatedSet set = one_in_each(2);
  set.objects[1].kind = ObjectKind::kCrowd;
  set.objects[1].box = {0, 0, 100, 100};
  CHECK(coco(set, {found(1, 0.9), found(1, 0.8), missed(1, 0.75), found(0, 0.7)}) == Approx(100));
}

TEST_CASE("an overlap of just the threshold is enough, of VOC's 0.5 and of COCO's 0.95") {
  const AnnotatedSet set = one_in_each(1);
  CHECK(voc(set, {{0, 0, {0, 0, 10, 20}, 1}}) == 100);
  CHECK(voc(set, {{0, 0, {0, 0, 10, 20.001}, 1}}) == 0);
  AnnotatedSet large = set;
  large.objects[0].box = {0, 0, 20, 20};
  CHECK(coco(large, {{0, 0, {0, 0, 20, 19}, 1}}) == Approx(100));
}

TEST_CASE("areas are counted in three sizes, whose bounds belong to both") {
  AnnotatedSet set = one_in_each(3);
  set.objects[0].area = 32 * 32;
  set.objects[1].area = 96 * 96;
  set.objects[2].area = 96 * 96 + 1;
  const CocoPrecision precision = coco_precision(set, {found(0, 1), found(2, 1)});
  CHECK(*precision.recall.small == Approx(100));
  CHECK(*precision.recall.medium == Approx(50));
  CHECK(*precision.recall.large == Approx(50));
  CHECK(*precision.recall.all == Approx(100 * 2.0 / 3));
}

TEST_CASE("of one image a hundred detections are judged, and AR of 1 and of 10 know as many") {
  AnnotatedSet set = one_in_each(1);
  std::vector<Detection> detections;
  for (int i = 0; i < 99; ++i) detections.push_back(missed(0, 1));
  detections.push_back(found(0, 0.5));
  CHECK(*coco_precision(set, detections).recall.all == Approx(100));
  CHECK(*coco_precision(set, detections).recall_of_10 == 0);
  detections.insert(detections.begin(), missed(0, 1));
  CHECK(*coco_precision(set, detections).recall.all == 0);
  CHECK(*coco_precision(set, {found(0, 0.9), missed(0, 0.8)}).recall_of_1 == Approx(100));
  CHECK(*coco_precision(set, {missed(0, 0.9), found(0, 0.8)}).recall_of_1 == 0);
}

TEST_CASE("a class without objects has no precision, and is not in the mean") {
  AnnotatedSet set = one_in_each(1);
  set.class_names.push_back("nothing");
  const VocPrecision precision = voc_precision(set, {found(0, 1)}, PrecisionCurve::kElevenPoints);
  CHECK(*precision.mean_percent == Approx(100));
  CHECK_FALSE(precision.classes[1].average_precision_percent);
  CHECK_FALSE(coco_precision(set, {}).precision.large);
  set.objects.clear();
  CHECK_FALSE(voc_precision(set, {found(0, 1)}, PrecisionCurve::kElevenPoints).mean_percent);
}

TEST_CASE("more than ten billion pairs of an object and a detection are refused: each would be compared") {
  AnnotatedSet set = one_in_each(2);
  set.objects.insert(set.objects.end(), 199'999, {1, 0, {0, 0, 10, 10}, 100, ObjectKind::kPlain});
  const std::vector<Detection> many(50'001, found(1, 0.5));
  CHECK_THROWS_WITH(voc(set, many),
                    Contains("has 10000200000 pairs of an object and a detection of one class and image, "
                             "most of them in '1', expected at most 10000000000"));
  set.class_names.push_back("nothing");
  for (AnnotatedObject& object : set.objects) object.label = object.image;
  CHECK(voc(set, many) == 0);  // of two classes no pair is made
}

TEST_CASE("what no set has is refused") {
  const AnnotatedSet set = one_in_each(1);
  CHECK_THROWS_WITH(voc(set, {found(1, 1)}), Contains("a detection of image 1"));
  CHECK_THROWS_WITH(voc(set, {{0, 1, {}, 1}}), Contains("class 1"));
  CHECK_THROWS_WITH(coco(set, {found(0, std::numeric_limits<double>::quiet_NaN())}), Contains("no number"));
  CHECK_THROWS_WITH(voc_precision(set, {}, PrecisionCurve::kEveryPoint, 0), Contains("the least overlap is 0"));
}

}  // namespace
}  // namespace resnet

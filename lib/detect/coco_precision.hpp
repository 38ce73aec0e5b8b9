// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "detect/annotated_set.hpp"
#include "detect/class_precision.hpp"
#include "detect/detection.hpp"

namespace resnet {

/// The twelve numbers of COCO, in percent, each the mean over the classes that have such objects, nothing where none
/// has.
struct CocoPrecision {
  struct BySize {
    std::optional<double> all, small, medium,
        large;  ///< areas up to 32 * 32, from there to 96 * 96, and from there on; the bounds belong to both
  };
  BySize precision;                    ///< AP, the mean over ten overlaps from 0.5 to 0.95: Table 8's mAP@[.5, .95]
  std::optional<double> precision_50;  ///< AP at an overlap of 0.5: Table 8's mAP@.5
  std::optional<double> precision_75;
  BySize recall;                                    ///< AR, of at most 100 detections in an image
  std::optional<double> recall_of_1, recall_of_10;  ///< AR, of fewer
  std::vector<ClassPrecision> classes;              ///< AP of each
};

/// Average precision and recall as COCO's own program (pycocotools) computes them for boxes, but for the rounding of
/// sums.
///
/// Of an image's detections of a class the 100 with the highest scores are judged, in this order. Each takes the object
/// not taken before that it overlaps most, if by no less than the threshold; one that counts goes before one that does
/// not. A crowd is overlapped by as much of a detection as lies in it, and can be taken any number of times. Objects
/// and untaken detections outside the range of areas are not counted. Precision is averaged at 101 recalls, 0 to 1.
///
/// Paper    Table 8.
/// Units    percent.
/// Throws   Error for a score that is no number, and for an index beyond the set.
/// Differs  A difficult object, which COCO does not know, is one that does not count. An annotation with the id 0 is
///          one like others: to pycocotools a detection that was matched with it seems unmatched. Two annotations of
///          one id are two, of which pycocotools forgets the first.
CocoPrecision coco_precision(const AnnotatedSet& set, const std::vector<Detection>& detections);

}  // namespace resnet

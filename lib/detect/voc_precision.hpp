// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "detect/annotated_set.hpp"
#include "detect/class_precision.hpp"
#include "detect/detection.hpp"

namespace resnet {

/// What the area under a class's curve of precision over recall is taken to be.
enum class PrecisionCurve {
  kElevenPoints,  ///< VOC up to 2009: the mean of the best precision at a recall of at least 0, 0.1, ... 1
  kEveryPoint,    ///< VOC from 2010: the area under the best precision at each recall or beyond
};

struct VocPrecision {
  std::vector<ClassPrecision> classes;
  std::optional<double> mean_percent;  ///< over the classes with objects that count: Table 7's mAP
};

/// Average precision as PASCAL VOC's development kit measures it.
///
/// A class's detections are judged in the order of their scores, over all images; of equal scores the earlier comes
/// first. Each belongs to the object of its class and image that it overlaps most. It is right if that is at least
/// `least_overlap` and the object was not found before; it is not counted if the object is difficult; else it is wrong.
///
/// Paper    Table 7: VOC 2007's test with eleven points, 2012's with every point, an overlap of 0.5.
/// Units    percent.
/// Throws   Error for a score that is no number, for an index beyond the set, for an overlap outside (0, 1], and for
///          more than 1e10 pairs of an object and a detection of one class and image.
/// Differs  A crowd, which VOC does not know, counts as difficult. Recalls are compared with 0.1, 0.2, ... in double
///          precision as Python programs compare them, for which 9 of 15 stand below 0.6; the kit's MATLAB rounds some
///          of these otherwise.
VocPrecision voc_precision(const AnnotatedSet& set, const std::vector<Detection>& detections, PrecisionCurve curve,
                           double least_overlap = 0.5);

}  // namespace resnet

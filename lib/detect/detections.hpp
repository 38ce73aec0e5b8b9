// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "detect/annotated_set.hpp"

namespace resnet {

/// What a detector has found in the images of a set.
struct ReadDetections {
  std::vector<Detection> detections;  ///< as they stand in the file, or file by file in the order of their names
  std::map<std::string, std::int64_t> of_other_classes;  ///< how many were left out, by the class, which the set lacks
};

/// Reads detections in the form of either challenge.
///
/// A file is COCO's: a JSON list of {"image_id", "category_id", "bbox": [left, top, width, height], "score"}. A folder is
/// PASCAL VOC's: a file <anything>_<class>.txt for each class, such as comp4_det_test_car.txt, with a line for each
/// detection: image, score, and left, top, right and bottom in pixels counted from 1, the last one included.
///
/// Throws   Error, naming the place, for what is neither, for an image that the set lacks, a score that is no number, a box
///          that ends before it begins, and two files of one class; for COCO's form, if the set has no numbers of classes.
ReadDetections read_detections(const std::filesystem::path& path, const AnnotatedSet& set);

}  // namespace resnet

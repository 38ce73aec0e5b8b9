// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "detect/annotated_set.hpp"
#include "detect/detection.hpp"

namespace resnet {

/// Detections in COCO's form, as they stand there: a JSON list of {"image_id", "category_id", "bbox": [left, top,
/// width, height], "score"}.
///
/// Paper    Table 8.
/// Throws   Error, naming the file and the entry, for what is no such list, for an image that the set lacks, a score
///          that is no number, and a box as in parse_coco_set; as read_coco_list does; and if the set has no numbers of
///          classes. A file of more than 4 GiB is refused unread.
Detections read_coco_detections(const std::filesystem::path& file, const AnnotatedSet& set);
Detections parse_coco_detections(std::string_view json, const std::string& file, const AnnotatedSet& set);

/// Detections in that form. Throws Error if the set has no numbers of classes.
std::string coco_detections_json(const AnnotatedSet& set, const std::vector<Detection>& detections);

}  // namespace resnet

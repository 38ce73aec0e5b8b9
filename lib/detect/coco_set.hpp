// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "detect/annotated_set.hpp"

namespace resnet {

/// Reads annotations in COCO's form: one JSON object with `images`, `categories` and `annotations`.
///
/// Images and classes are sorted by their ids, as pycocotools sorts them, which decides among equal scores.
///
/// Paper    Table 8.
/// Throws   Error, naming the file and the entry, for what is no such JSON: an id that stands there twice or nowhere, a
///          name of a class that stands there twice, a box that is not [left, top, width, height] with finite numbers.
AnnotatedSet read_coco_set(const std::filesystem::path& file);

}  // namespace resnet

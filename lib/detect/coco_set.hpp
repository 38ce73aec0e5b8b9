// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "detect/annotated_set.hpp"

namespace resnet {

/// Reads annotations in COCO's form: one JSON object with `images`, `categories` and `annotations`.
///
/// Images and classes are sorted by their ids, as pycocotools sorts them, which decides among equal scores.
///
/// Paper    Table 8.
/// Throws   Error, naming the file and the entry, for what is no such JSON: no class, an id of an image or a class that
///          stands there twice or nowhere, a class's name that stands there twice or that check_name refuses, a box
///          that is not [left, top, width, height] within 1e6 pixels, an area that is not from 0 to 1e10, an iscrowd
///          other than 0, 1, false and true; and as read_coco_lists does. A file of more than 4 GiB is refused unread:
///          beside its text there is little more in memory than the set. The annotations' own ids are not read.
AnnotatedSet read_coco_set(const std::filesystem::path& file);
AnnotatedSet parse_coco_set(std::string_view json, const std::string& file);

/// The same without the objects, which the file may lack: COCO's test images have none.
AnnotatedSet read_coco_images(const std::filesystem::path& file);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "detect/annotated_set.hpp"

namespace resnet {

/// Photographs in which objects are marked, as an index of files that nobody has opened yet.
struct AnnotatedPhotos {
  AnnotatedSet set;
  std::vector<std::filesystem::path> files;  ///< of each of set.images
};

/// Reads the annotations of photographs: of a folder in PASCAL VOC's layout and the name of a split, as
/// "VOCdevkit/VOC2007:trainval", or of a JSON file in COCO's form and the folder of its images, as
/// "annotations/instances_val2014.json:val2014".
///
/// Throws   Error as read_voc_set and read_coco_set; for an image whose annotations name no file, or one outside the
///          folder of images, and for a file that is not there; with Fault::kUsage for a text without a colon.
AnnotatedPhotos read_annotated_photos(const std::string& text);

/// The same without the objects, which need not be known. The classes of a set in VOC's layout, whose annotations are
/// then not opened, are these.
AnnotatedPhotos read_photos_to_search(const std::string& text, const std::vector<std::string>& class_names);

/// Several sets as one, such as VOC's of 2007 and of 2012. Classes that are alike in all of them stay as they are; else
/// those of all are sorted by name, and have no numbers.
///
/// Throws   Error if there is no set, or a file is in two of them.
AnnotatedPhotos joined(std::vector<AnnotatedPhotos> sets);

/// Sixteen hexadecimal digits made from every image's name, every object and every class: equal wherever the files lie.
/// No image is opened.
std::string fingerprint(const AnnotatedPhotos& photos);

}  // namespace resnet

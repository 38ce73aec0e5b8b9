// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "detect/box.hpp"

namespace resnet {

/// How an object counts when detections are judged.
enum class ObjectKind {
  kPlain,      ///< to be found
  kDifficult,  ///< may be found or missed: neither is counted (VOC)
  kCrowd,      ///< many objects in one box, any number of which may be found: none is counted (COCO)
};

/// One object that a person has marked.
struct AnnotatedObject {
  std::size_t image = 0;  ///< index into AnnotatedSet::images
  std::size_t label = 0;  ///< index into AnnotatedSet::class_names
  Box box;
  double area = 0;  ///< of the object itself where the set tells it (COCO: of its outline), else of the box
  ObjectKind kind = ObjectKind::kPlain;
};

/// What is to be found in a set of images.
struct AnnotatedSet {
  std::string source;               ///< where it was read, for messages
  std::vector<std::string> images;  ///< VOC: file names without ending, in the order of the list; COCO: ids, sorted
  std::vector<std::string> files;   ///< of each image, below the folder of images, as it is named; may be empty
  std::vector<std::string> class_names;  ///< VOC: sorted; COCO: in the order of their ids
  std::vector<std::int64_t> class_ids;   ///< COCO: the number of each class in its files; else empty
  std::vector<AnnotatedObject> objects;  ///< as they stand in the files
};

/// The objects of each image, in the order of the images.
std::vector<std::vector<AnnotatedObject>> objects_by_image(const AnnotatedSet& set);

/// The place of each of these names of classes among all of them; the number of all for one that is not among them.
std::vector<std::size_t> places_of(const std::vector<std::string>& names, const std::vector<std::string>& all);

}  // namespace resnet

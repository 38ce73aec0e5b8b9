// SPDX-License-Identifier: MIT
#include "detect/class_images.hpp"

#include <cmath>

#include "core/error.hpp"

namespace resnet {

std::vector<ClassImages> images_by_class(const AnnotatedSet& set, const std::vector<Detection>& detections) {
  std::vector<ClassImages> classes(set.class_names.size());
  const auto check = [&](const char* what, std::size_t image, std::size_t label) {
    require(image < set.images.size() && label < classes.size(),
            "{}: {} of image {} and class {}, but it has {} images and {} classes, counted from 0", set.source, what,
            image, label, set.images.size(), classes.size());
  };
  for (const AnnotatedObject& object : set.objects) {
    check("an object", object.image, object.label);
    classes[object.label][object.image].objects.push_back(&object);
  }
  for (const Detection& detection : detections) {
    check("a detection", detection.image, detection.label);
    require(!std::isnan(detection.score), "{}: a detection in image '{}' has no number for its score", set.source,
            set.images[detection.image]);
    classes[detection.label][detection.image].detections.push_back(&detection);
  }
  return classes;
}

}  // namespace resnet

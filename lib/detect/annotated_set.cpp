// SPDX-License-Identifier: MIT
#include "detect/annotated_set.hpp"

namespace resnet {

std::vector<std::vector<AnnotatedObject>> objects_by_image(const AnnotatedSet& set) {
  std::vector<std::vector<AnnotatedObject>> of_image(set.images.size());
  for (const AnnotatedObject& object : set.objects) of_image[object.image].push_back(object);
  return of_image;
}

}  // namespace resnet

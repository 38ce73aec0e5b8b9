// SPDX-License-Identifier: MIT
#include "detect/annotated_set.hpp"

#include <algorithm>

namespace resnet {

std::vector<std::vector<AnnotatedObject>> objects_by_image(const AnnotatedSet& set) {
  std::vector<std::vector<AnnotatedObject>> of_image(set.images.size());
  for (const AnnotatedObject& object : set.objects) of_image[object.image].push_back(object);
  return of_image;
}

std::vector<std::size_t> places_of(const std::vector<std::string>& names, const std::vector<std::string>& all) {
  std::vector<std::size_t> places;
  for (const std::string& name : names) {
    places.push_back(static_cast<std::size_t>(std::ranges::find(all, name) - all.begin()));
  }
  return places;
}

}  // namespace resnet

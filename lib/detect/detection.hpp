// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "detect/box.hpp"

namespace resnet {

/// One object that a detector says it has found.
struct Detection {
  std::size_t image = 0;  ///< index into AnnotatedSet::images
  std::size_t label = 0;  ///< index into AnnotatedSet::class_names
  Box box;
  double score = 0;  ///< on any scale: scores are compared with each other only
};

/// What a detector has found in the images of a set, as its files say it.
struct Detections {
  std::vector<Detection> found;
  std::map<std::string, std::int64_t> of_other_classes;  ///< how many were left out, by the class, which the set lacks
};

}  // namespace resnet

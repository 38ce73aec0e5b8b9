// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "detect/annotated_set.hpp"
#include "detect/detection.hpp"

namespace resnet {

/// What one image has of one class, each as handed in.
struct ImageOfClass {
  std::vector<const AnnotatedObject*> objects;
  std::vector<const Detection*> detections;
};

/// By image; those that have nothing of the class are left out.
using ClassImages = std::map<std::size_t, ImageOfClass>;

/// Objects and detections, class by class, as both protocols judge them. They must outlive the result.
///
/// Throws   Error for a score that is no number, and for an image or a class beyond the set's.
std::vector<ClassImages> images_by_class(const AnnotatedSet& set, const std::vector<Detection>& detections);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "detect/annotated_set.hpp"

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

/// How well the objects of one class are found.
struct ClassPrecision {
  std::string name;
  std::int64_t objects = 0;                         ///< plain ones
  std::int64_t detections = 0;                      ///< all that were handed in
  std::optional<double> average_precision_percent;  ///< nothing where no object counts
};

/// All but the precision.
ClassPrecision counts_of(const std::string& name, const ClassImages& images);

/// The mean of the values that there are; nothing if there is none.
std::optional<double> mean_of(const std::vector<std::optional<double>>& values);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "detect/class_images.hpp"

namespace resnet {

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

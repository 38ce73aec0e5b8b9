// SPDX-License-Identifier: MIT
#include "detect/class_precision.hpp"

#include <algorithm>
#include <iterator>

namespace resnet {

ClassPrecision counts_of(const std::string& name, const ClassImages& images) {
  ClassPrecision counts{name, 0, 0, std::nullopt};
  for (const auto& [image, here] : images) {
    counts.objects += std::count_if(here.objects.begin(), here.objects.end(),
                                    [](const AnnotatedObject* object) { return object->kind == ObjectKind::kPlain; });
    counts.detections += std::ssize(here.detections);
  }
  return counts;
}

std::optional<double> mean_of(const std::vector<std::optional<double>>& values) {
  double sum = 0;
  std::int64_t count = 0;
  for (const std::optional<double>& value : values) {
    if (!value) continue;
    sum += *value;
    ++count;
  }
  return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
}

}  // namespace resnet

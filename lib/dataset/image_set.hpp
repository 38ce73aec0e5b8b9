// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace resnet {

/// Labelled images of one size, all in memory, as bytes.
///
/// Shapes   images uint8 [N, 3, H, W], planes in the order R, G, B; labels int64 [N], each in 0 .. class_names.size()
/// - 1.
struct ImageSet {
  at::Tensor images;
  at::Tensor labels;
  std::vector<std::string> class_names;

  std::int64_t size() const { return labels.size(0); }
};

/// Sixteen hexadecimal digits made from every image and label: equal on every machine, different for different data.
///
/// A checkpoint keeps it, to tell whether it meets the data that it was trained on. It is no protection against malice.
std::string fingerprint(const ImageSet& set);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "batch/photo_batch.hpp"

namespace resnet {

/// Mean, deviation and axes of the colours of all photographs of a set, each decoded whole and each counted alike.
///
/// The numbers are the same for any number of threads. `goes_on` is told how many photographs are done; if it returns
/// false there are no statistics. A file that cannot be read is left out, its sentence goes to `on_left_out`, or it
/// stops the measurement.
///
/// Paper    Section 3.4, the "standard color augmentation in [21]": "PCA on the set of RGB pixel values throughout the
///          ImageNet training set".
/// Throws   Error if a file cannot be read and is to stop the measurement, or if none can be read.
/// Differs  [21] counts each pixel of images of one size alike; here images have many sizes.
std::optional<ColorStatistics> measure_statistics(const PhotoSet& set, BadImages bad_images, std::int64_t threads,
                                                  const std::function<bool(std::int64_t done)>& goes_on,
                                                  const std::function<void(const std::string&)>& on_left_out);

}  // namespace resnet

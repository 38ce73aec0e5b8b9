// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "dataset/photo_set.hpp"

namespace resnet {

/// How fast training views of photographs are made, and what there is to compare with.
struct LoaderSpeed {
  double images_per_second = 0;       ///< Section 3.4's views, ready for a net, in pieces of 32.
  double bare_images_per_second = 0;  ///< The same files read and decoded whole, and nothing else.

  double share_of_bare_decoder() const { return images_per_second / bare_images_per_second; }
};

/// Measures both in turns on as many threads, for `seconds` each in all, and takes the medians.
///
/// Throws Error if a file cannot be read, or there is less than one thread.
LoaderSpeed measure_loader(const PhotoSet& set, std::int64_t threads, double seconds);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "dataset/cifar10.hpp"

namespace resnet {

/// Made-up 32x32 images in ten classes that a small net learns in a few steps: one pattern of coloured blocks per
/// class, and noise.
///
/// The same arguments give the same bytes on every machine. Classes take turns (image i has label i mod 10), and the
/// test images share the patterns of the training images, not their noise.
///
/// Shapes   train.images [train_images, 3, 32, 32], test.images [test_images, 3, 32, 32].
/// Throws   Error if a count is below 1.
Cifar10 synthetic_cifar10(std::int64_t train_images, std::int64_t test_images, std::uint64_t seed);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>

#include "dataset/image_set.hpp"

namespace resnet {

/// Parts a training set into one to train on (first) and one to validate on (second).
///
/// Paper    Section 4.2: the schedule was chosen on a split of 45,000 training and 5,000 validation images.
/// Throws   Error unless both parts get at least one image.
/// Differs  The paper does not say which images: here the last ones by position, so that anyone can make the same split
///          from the official files without our generator. Their order is random as it is: each class has between 460
///          and 540 of the last 5,000 (tests/unit/dataset/cifar10_test.cpp).
std::pair<ImageSet, ImageSet> split_train_validation(const ImageSet& train, std::int64_t validation_images);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "dataset/image_set.hpp"

namespace resnet {

/// CIFAR-10, or a set of its kind: 32x32 images in ten classes.
struct Cifar10 {
  ImageSet train;
  ImageSet test;
};

/// The ten classes in the order of their labels: airplane, automobile, ..., truck.
const std::vector<std::string>& cifar10_class_names();

/// Reads CIFAR-10 in its official binary layout: data_batch_1.bin to data_batch_5.bin, and test_batch.bin.
///
/// Paper    Section 4.2: 50,000 training and 10,000 test images in 10 classes.
/// Shapes   train.images [50000, 3, 32, 32], test.images [10000, 3, 32, 32].
/// Throws   Error if the folder or a file is missing, a file is not 30,730,000 bytes long, or a label is above 9.
Cifar10 read_cifar10(const std::filesystem::path& folder);

}  // namespace resnet

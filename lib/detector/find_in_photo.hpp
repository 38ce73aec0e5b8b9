// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <vector>

#include "detect/detection.hpp"
#include "detector/find_objects.hpp"
#include "detector/trained_detector.hpp"
#include "image/encoded_image.hpp"

namespace resnet {

/// A photograph, and what a detector sees of it.
struct SeenPhoto {
  EncodedImage image;
  torch::Tensor seen;  ///< [1, 3, H, W], normalised, on the CPU.
};

/// Reads a photograph at the size of the detector.
///
/// Throws   Error, naming the file, if it cannot be read as an image.
SeenPhoto see_photo(const TrainedDetector& detector, const std::filesystem::path& file);

/// The objects that a detector finds in a photograph, best first: as find_objects, on the device of the detector.
///
/// Units    Boxes are in pixels of the image itself.
std::vector<Detection> find_in_photo(TrainedDetector& detector, const SeenPhoto& photo, const DetectionRule& rule);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "detect/detection.hpp"
#include "detector/detector.hpp"
#include "detector/proposals.hpp"

namespace resnet {

/// Which regions become detections.
///
/// Paper    Reference [7] (Fast R-CNN): suppression class by class. The numbers are those of [32]'s code.
struct DetectionRule {
  ProposalRule proposals;
  double least_score = 0.05;
  double overlap = 0.3;
  std::int64_t most = 100;
};

/// The objects that the detector finds in an image, best first; `Detection::image` is 0, and a label counts from 0, the
/// background left out.
///
/// Shapes   image [1, 3, H, W], as the net is to see it.
/// Units    Boxes are in pixels of what the net sees.
std::vector<Detection> find_objects(Detector& detector, const torch::Tensor& image, const DetectionRule& rule);

}  // namespace resnet

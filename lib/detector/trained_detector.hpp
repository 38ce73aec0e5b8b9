// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "batch/normalization.hpp"
#include "detector/detection_view.hpp"
#include "detector/detector.hpp"

namespace resnet {

/// A detector with all that is needed to use it on images.
struct TrainedDetector {
  std::shared_ptr<Detector> net;
  Normalization input;                   ///< What it was trained to see ...
  DetectionSizes sizes;                  ///< ... and at which size.
  std::vector<std::string> class_names;  ///< Of the classes that it finds, the background left out.
  std::string recipe;                    ///< The recipe.ini of the run that trained it.
};

/// Writes weights and BN statistics as a safetensors file, and all the rest into its metadata. The file takes its name
/// once it was read back.
///
/// Throws Error if the file cannot be written, or the name of a class is not UTF-8.
void save_trained_detector(const std::filesystem::path& file, const TrainedDetector& detector);

/// Reads such a file, or the `weights.safetensors` of a run's folder. The net is on the CPU.
///
/// Throws Error if it is not there, broken, or no detector's.
TrainedDetector load_trained_detector(const std::filesystem::path& path);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "core/stop_request.hpp"
#include "detector/annotated_photos.hpp"
#include "detector/detector_recipe.hpp"
#include "record/run_folder.hpp"
#include "tensor/runtime.hpp"
#include "train/train.hpp"

namespace resnet {

/// Where a detector's training stands.
struct DetectorProgress {
  std::int64_t iteration = 0;
  std::int64_t iterations = 0;
  double learning_rate = 0;
  double loss = 0;  ///< The sum of the four, averaged over the last steps.
  double seconds_left = 0;
};

/// How a detector's training runs here. The device and the number of threads may change how sums round; nothing else in
/// it changes a number.
struct DetectorTrainOptions {
  Runtime runtime;
  std::int64_t loader_threads = 1;
  double stop_after_seconds = std::numeric_limits<double>::infinity();
  double checkpoint_after_seconds = 300;  ///< The longest time between two; one of VGG-16 is a gigabyte.
  std::string command;                    ///< For the provenance.
  std::string commit = "unknown";         ///< For the provenance.
  std::function<bool()> is_stop_requested = stop_requested;
  std::function<void(const DetectorProgress&)> on_step = [](const DetectorProgress&) {};
  std::function<void(const std::string&)> on_event = [](const std::string&) {};
};

/// Whether the run in this folder is finished: its weights are the last file that it writes.
bool is_finished_detector(const RunFolder& run);

/// Trains one detector in its run folder, from the last checkpoint there to the end of the recipe or to a stop. On the
/// CPU it promises what `train` does (train/train.hpp): a run that was stopped ends with the bytes of an uninterrupted
/// one, in recipe.ini, train.csv and weights.safetensors. A stop that is asked for in the middle of a step undoes it.
///
/// Each step's images are those that follow in the order of the epoch; those without a plain object of some size are
/// not trained on.
///
/// Paper    Section 4.3: the detector is fine-tuned from a net trained on ImageNet, whose batch norm stays fixed, as
///          the appendix says.
/// Throws   Error if no image has an object, an image cannot be read, the loss is not finite (the checkpoint before it
///          stays), the run was begun with other data, another process is in the folder, or a file cannot be read or
///          written.
TrainOutcome train_detector(const DetectorRecipe& recipe, const AnnotatedPhotos& photos, const RunFolder& run,
                            const DetectorTrainOptions& options);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "cli/options.hpp"
#include "detector/annotated_photos.hpp"
#include "detector/detector_recipe.hpp"
#include "detector/train_detector.hpp"
#include "record/run_folder.hpp"

namespace resnet {

/// The sets of photographs that a flag names, between commas, as one: see read_annotated_photos.
AnnotatedPhotos annotated_photos_from(const Options& options, const std::string& flag);

/// Adds the flags of a detector's training: `--data`, `--classifier`, and one for every line of its recipe.ini, so that
/// one is a valid --config; `--out`, those of the runtime, and those that say how long it may run.
void add_detector_flags(Options& options);

/// The paper's recipe for VOC or COCO, changed by the configuration file, changed by the flags. The net is the one of
/// --classifier, if there is one.
///
/// Throws Error if it cannot be trained.
DetectorRecipe detector_recipe_from(const Options& options, const AnnotatedPhotos& photos);

/// How to train here, as the flags say. Sets up the process's runtime.
DetectorTrainOptions detector_train_options_from(const Options& options, const std::string& command);

/// The run's folder under --out.
RunFolder detector_folder(const Options& options, const DetectorRecipe& recipe, const AnnotatedPhotos& photos);

/// Trains with a progress line on standard error.
TrainOutcome train_detector_with_progress(const DetectorRecipe& recipe, const AnnotatedPhotos& photos,
                                          const RunFolder& run, const DetectorTrainOptions& options);

}  // namespace resnet

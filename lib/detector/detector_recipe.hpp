// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/fraction.hpp"
#include "detector/detection_view.hpp"
#include "detector/detector.hpp"
#include "tensor/kernel_choice.hpp"
#include "tensor/precision.hpp"
#include "train/recipe.hpp"

namespace resnet {

/// All that decides the numbers of a detector's training, as plain data. The defaults are neutral; paper/detection.hpp
/// has the paper's.
///
/// Iteration counts stand here as they are given; `schedule` multiplies them when they are used.
///
/// Units    Rates are per step; sizes in pixels.
struct DetectorRecipe {
  DetectorSpec detector;  ///< Its classes are those of the data.
  DetectionSizes sizes;
  std::string classifier;       ///< The trained net that the body begins with: a file or folder; empty: at the seed.
  std::string classifier_hash;  ///< Of its bytes: train/initial_weights.hpp.
  std::uint64_t seed = 0;
  Precision precision = Precision::kFloat32;
  Kernels kernels = Kernels::kFast;
  Fraction schedule;

  std::int64_t batch = 1;  ///< Images of a step; they go through the net one by one.
  std::int64_t iterations = 1;
  std::vector<std::int64_t> milestones;  ///< After so many iterations the rate is divided by 10.
  double learning_rate = 0;
  double momentum = 0;
  double weight_decay = 0;
};

/// What the schedule makes of the recipe's iterations.
std::int64_t scheduled_iterations(const DetectorRecipe& recipe);

/// The rate of the step that follows `step` finished ones.
double rate_at(const DetectorRecipe& recipe, std::int64_t step);

/// The recipe as `key = value` lines, in a fixed order: what decides the numbers, and nothing else.
std::string recipe_lines(const DetectorRecipe& recipe);

/// The same as an INI file that is a valid `--config` of train_detector.
std::string recipe_ini(const DetectorRecipe& recipe);

/// The name of the run's folder, e.g. "resnet101-1-seed0-8d1c0f3a": made from what decides the numbers, of which the
/// data, by this fingerprint, is a part.
std::string run_id(const DetectorRecipe& recipe, const std::string& data_fingerprint);

/// What does not fit together in the recipe: what check_detector refuses, anchors all below the least side of a
/// proposal, milestones that do not rise or lie beyond the last iteration, a longest side below the shorter one;
/// nothing if it can be trained.
std::optional<RecipeFault> fault_of(const DetectorRecipe& recipe);

/// Throws Error with Fault::kUsage, naming a flag, if the recipe has a fault.
void check_recipe(const DetectorRecipe& recipe);

}  // namespace resnet

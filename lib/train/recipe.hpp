// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/fraction.hpp"
#include "image/photo_colors.hpp"
#include "image/photo_view.hpp"
#include "model/model_spec.hpp"
#include "tensor/kernel_choice.hpp"
#include "tensor/precision.hpp"
#include "train/plateau.hpp"

namespace resnet {

/// What a net is trained and tested on.
enum class DataSource { kCifar10, kPhotos, kSynthetic };

/// How photographs are seen in training and testing.
///
/// Paper    Section 3.4.
struct PhotoRecipe {
  PhotoSizes sizes;
  PhotoColors colors;          ///< Subtracted, unless initial weights say by what, and what images are shifted by.
  double color_deviation = 0;  ///< Of what each axis of the colours is multiplied by, once for an image; 0: not at all.
};

/// All that decides the numbers of a run, as plain data. The defaults are neutral; paper/recipe.hpp has the paper's.
///
/// Iteration counts stand here as the paper gives them: `schedule` multiplies them when they are used, by the functions
/// below. The batch, the warm-up's window and what counts images are no iteration counts, and are not multiplied.
///
/// Units    Rates are per step; errors in percent.
struct Recipe {
  ModelSpec model;
  DataSource data = DataSource::kCifar10;
  std::int64_t validation_images = 0;  ///< Held out of the training set and evaluated on instead of the test set.
  std::uint64_t seed = 0;
  Precision precision = Precision::kFloat32;
  Kernels kernels = Kernels::kFast;  ///< They round in different ways; so runs of either are kept apart.
  Fraction schedule;

  std::int64_t batch = 1;
  std::int64_t iterations = 1;
  std::vector<std::int64_t> milestones;  ///< After so many iterations the rate is divided by 10.
  std::int64_t evaluate_every = 1;
  double learning_rate = 0;
  double momentum = 0;
  double weight_decay = 0;
  double warmup_rate = 0;           ///< 0: no warm-up.
  double warmup_error_percent = 0;  ///< The warm-up ends once the training error is below this.
  std::int64_t padding = 0;         ///< Pixels around an image before it is cropped; CIFAR-10's alone.

  // What only nets for photographs have.
  PhotoRecipe photos;
  std::int64_t micro_batch = 0;         ///< Images that go through the net at once; 0: the whole batch.
  PlateauRule plateau;                  ///< Divides the rate where there are no milestones.
  std::int64_t statistics_batches = 0;  ///< Over so many batches BN's statistics are taken anew after training.
  std::string initial_weights;          ///< Where the net begins instead of at its seed: a file or folder; else empty.
  std::string initial_weights_hash;     ///< What decides numbers of it: see train/initial_weights.hpp.
};

/// Whether the net is one for photographs: then the fields above belong to the recipe, and else do not.
bool takes_photos(const Recipe& recipe);

/// What the schedule makes of the recipe's counts.
std::int64_t scheduled_iterations(const Recipe& recipe);
std::vector<std::int64_t> scheduled_milestones(const Recipe& recipe);

/// How many iterations lie between two test errors.
///
/// Differs  Its count times the schedule, but never less than kClosestEvaluations unless the recipe itself asks for
///          less: at 1/64 of CIFAR-10's recipe tests would cost three times what the training does; and a net for
///          photographs, whose tests decide when the rate drops, would be tested before BN's running statistics hold
///          more than noise. So a short schedule has fewer tests, and where they are too few for a plateau, the rate
///          never drops.
std::int64_t scheduled_evaluation_interval(const Recipe& recipe);
inline constexpr std::int64_t kClosestEvaluations = 100;

/// Whether the test error is measured after so many iterations.
bool is_evaluated_after(const Recipe& recipe, std::int64_t iterations);

/// The recipe as `key = value` lines, in a fixed order: what decides the numbers, and nothing else.
std::string recipe_lines(const Recipe& recipe);

/// The recipe as an INI file that is a valid `--config`, with the scheduled counts in comments.
std::string recipe_ini(const Recipe& recipe);

/// The name of the run's folder, e.g. "resnet20-1_64-seed0-8d1c0f3a": made from what decides the numbers alone.
std::string run_id(const Recipe& recipe);

/// Why a recipe cannot be trained: flags of which one is to blame, the likeliest first, and a sentence to follow it.
struct RecipeFault {
  std::vector<std::string> flags;
  std::string reason;
};

/// Throws Error with Fault::kUsage, naming the likeliest flag, if there is a fault.
void refuse(const std::optional<RecipeFault>& fault);

/// What is wrong with the iterations after which a rate is divided: they must rise, and be from 1 to `iterations`.
std::optional<RecipeFault> milestones_fault(const std::vector<std::int64_t>& milestones, std::int64_t iterations);

/// What does not fit together in the recipe, e.g. milestones that do not rise; nothing if it can be trained.
std::optional<RecipeFault> fault_of(const Recipe& recipe);

/// Throws Error with Fault::kUsage if the recipe has a fault.
void check_recipe(const Recipe& recipe);

/// "cifar10", "photos" or "synthetic".
std::string data_name(DataSource data);

}  // namespace resnet

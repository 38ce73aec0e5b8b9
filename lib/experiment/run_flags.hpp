// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "cli/options.hpp"
#include "experiment/loaded_data.hpp"
#include "record/run_folder.hpp"
#include "train/recipe.hpp"
#include "train/train.hpp"

namespace resnet {

/// The flags of every program that trains: --data --out --synthetic --threads --device --memory --loader-threads
/// --recompute-blocks --log-gradients-every --stop-after-seconds --checkpoint-after-seconds --config --json, and
/// --schedule, --precision and --kernels.
void add_run_flags(Options& options);

/// Adds --model, --shortcut, --seed, and a flag for every other line of a recipe.ini, so that one is a valid --config;
/// and --bad-images, which is no line of it.
void add_recipe_flags(Options& options);

/// The flags that make an experiment on photographs another than the paper's, --colors, --image-size, --batch and
/// --micro-batch; and what they say of a recipe.
void add_photo_flags(Options& options);
void apply_photo_flags(const Options& options, Recipe& recipe);

/// The net that the flags name, with the paper's number of classes. Throws Error as parse_model_name.
ModelSpec model_from(const Options& options);

/// Where the flags begin: the paper's recipe for this net, or under --synthetic the one that ends in seconds.
Recipe base_recipe(const Options& options, const ModelSpec& model, std::uint64_t seed);

/// The paper's recipe for `model_from`, changed by the configuration file, changed by the flags.
///
/// A net for photographs has as many classes as these have, without which it cannot be made.
/// Throws Error if it cannot be trained, with Fault::kUsage only if the command line alone is to blame.
Recipe recipe_from(const Options& options, const PhotoSource* photos = nullptr);

/// Throws Error, blaming a flag, if the recipe does not go together with the images: a batch is more than there are to
/// train on, or files that cannot be read are skipped, and so leave groups of --bn-batch incomplete.
void check_against_images(const Options& options, const Recipe& recipe, const PhotoSource* photos = nullptr);

/// What `add_run_flags` says of a recipe: schedule, precision and kernels.
void apply_run_flags(const Options& options, Recipe& recipe);

/// How to train here, as the flags say. Sets up the process's runtime.
TrainOptions train_options_from(const Options& options, const std::string& command);

/// The run's folder under --out.
RunFolder run_folder(const Options& options, const Recipe& recipe);

/// Trains with a progress line on standard error, and says what the run is.
TrainOutcome train_with_progress(const Recipe& recipe, const LoadedData& data, const RunFolder& run,
                                 const TrainOptions& options);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cli/options.hpp"
#include "dataset/cifar10.hpp"
#include "record/run_folder.hpp"
#include "train/recipe.hpp"
#include "train/train.hpp"

namespace resnet {

/// The flags that say which data: `--data` and `--synthetic`.
void add_data_flags(Options& options);

/// The flags of every program that trains: --data --out --synthetic --threads --device --loader-threads
/// --stop-after-seconds --checkpoint-after-seconds --config --json, and --schedule and --precision.
void add_run_flags(Options& options);

/// Adds --model, --shortcut, --seed, and a flag for every other line of a recipe.ini, so that one is a valid --config.
void add_recipe_flags(Options& options);

/// Where the flags begin: the paper's recipe for this net, or under --synthetic the one that ends in seconds.
Recipe base_recipe(const Options& options, const ModelSpec& model, std::uint64_t seed);

/// The paper's recipe, changed by the configuration file, changed by the flags.
///
/// Throws Error if it cannot be trained, with Fault::kUsage only if the command line alone is to blame.
Recipe recipe_from(const Options& options);

/// What `add_run_flags` says of a recipe: schedule and precision.
void apply_run_flags(const Options& options, Recipe& recipe);

/// How to train here, as the flags say. Sets up the process's runtime.
TrainOptions train_options_from(const Options& options, const std::string& command);

/// The data that the flags ask for: the made-up set, the folder given by --data, or the default folder, which is
/// filled first.
Cifar10 load_data(const Options& options);

/// --out, by default the folder `out` of the project.
std::filesystem::path out_folder(const Options& options);

/// The run's folder under --out.
RunFolder run_folder(const Options& options, const Recipe& recipe);

/// Trains with a progress line on standard error, and says what the run is.
TrainOutcome train_with_progress(const Recipe& recipe, const Cifar10& data, const RunFolder& run,
                                 const TrainOptions& options);

}  // namespace resnet

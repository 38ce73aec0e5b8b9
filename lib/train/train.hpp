// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "dataset/cifar10.hpp"
#include "record/run_folder.hpp"
#include "tensor/runtime.hpp"
#include "train/recipe.hpp"

namespace resnet {

/// Where a training stands: what its progress line shows.
struct TrainProgress {
  std::int64_t iteration = 0;
  std::int64_t iterations = 0;
  double learning_rate = 0;
  double loss_nats = 0;
  double training_error_percent = 0;  ///< Mean over the last epoch's batches, or those there are.
  double images_per_second = 0;
  double seconds_left = 0;
};

/// How a training runs here: nothing in it changes a number.
struct TrainOptions {
  Runtime runtime;
  std::int64_t loader_threads = 1;
  double stop_after_seconds = std::numeric_limits<double>::infinity();
  double checkpoint_after_seconds = 45;
  std::string command;  ///< For the provenance.
  std::function<void(const TrainProgress&)> on_step = [](const TrainProgress&) {};
  std::function<void(const std::string&)> on_event = [](const std::string&) {};
};

enum class TrainOutcome { kFinished, kStopped };

/// Trains one net in its run folder, from the last checkpoint there to the end of the recipe or to a stop.
///
/// A finished run is left as it is. A stop (a signal, or the time in the options) leaves a checkpoint; the next call
/// goes on from it, and the files it ends with are byte for byte those of an uninterrupted run with as many threads
/// (recipe.ini, train.csv, eval.csv, weights.safetensors). Checkpoints are at most a minute apart, save that an
/// evaluation is not interrupted for one: there is one before it.
///
/// Paper    Section 4.2, Figure 6: the training error is that of the augmented mini-batches, averaged over an epoch;
/// the
///          test error reported is that of the last iteration.
/// Throws   Error if the loss is not finite (the checkpoint before it stays), another process is in the folder, or a
///          file cannot be read or written.
TrainOutcome train(const Recipe& recipe, const Cifar10& data, const RunFolder& run, const TrainOptions& options);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "core/stop_request.hpp"
#include "dataset/cifar10.hpp"
#include "record/run_folder.hpp"
#include "tensor/runtime.hpp"
#include "train/recipe.hpp"
#include "train/training_data.hpp"

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

/// How far a pass over a set of images is.
struct EvaluationProgress {
  std::int64_t iteration = 0;
  std::string what;  ///< "test error", "validation error", "training error, single view" ...
  std::int64_t images = 0;
  std::int64_t of = 0;
};

/// How a training runs here. Its device and its number of threads may change how sums round; nothing else in it changes
/// a number.
struct TrainOptions {
  Runtime runtime;
  std::int64_t loader_threads = 1;
  bool recompute_blocks = false;           ///< See Classifier::recompute_blocks.
  std::int64_t log_gradients_every = 500;  ///< Steps, times the schedule, between two rows of gradients.csv; 0: none.
  double stop_after_seconds = std::numeric_limits<double>::infinity();
  double checkpoint_after_seconds = 45;  ///< The longest time between two checkpoints; see `train`.
  std::string command;                   ///< For the provenance.
  std::string commit = "unknown";        ///< For the provenance: that of the sources when the process began.
  std::function<bool()> is_stop_requested = stop_requested;  ///< Asked after each step, and on the way of evaluations.
  std::function<void(const TrainProgress&)> on_step = [](const TrainProgress&) {};
  std::function<void(const EvaluationProgress&)> on_evaluation = [](const EvaluationProgress&) {};
  std::function<void(const std::string&)> on_event = [](const std::string&) {};
};

enum class TrainOutcome { kFinished, kStopped };

/// Trains one net in its run folder, from the last checkpoint there to the end of the recipe or to a stop.
///
/// A finished run is left as it is, without a lock and without a write. A stop (asked for, as by a signal, or the time
/// in the options) leaves a checkpoint; the next call goes on from it, and the files it ends with are byte for byte
/// those of an uninterrupted run with as many threads on the same device (recipe.ini, train.csv, eval.csv,
/// weights.safetensors). Where device, kernels, threads or LibTorch are others than those of the last session,
/// `on_event` is told.
///
/// The run consists of steps and evaluations, of which one may be to take batch norm's statistics anew. The time limit
/// ends it between two of them, after at least one; a stop that is asked for cuts an evaluation short too. A checkpoint
/// is written before a step or an evaluation that, if it takes as long as the last one of its kind, would end later
/// than the options' time after the last checkpoint; and before the first evaluation of a process. So two checkpoints
/// are farther apart only where one step or one evaluation alone takes that long, or suddenly takes much longer than
/// the last.
///
/// Paper    Section 4.2, Figure 6: training error and test error; Table 6 the test error of the last iteration.
/// Throws   Error if the loss, a weight or a BN statistic is not finite (the checkpoint before it stays), the run was
///          begun or finished with other data, another process is in the folder, or a file cannot be read or written.
/// Differs  The paper does not say how its training error is taken: here as the mean over the augmented mini-batches in
///          training mode of the last epoch (391 iterations of 128 images), or of those there are. Beside it, at the
///          end, stands the error over all images trained on (of photographs over a part of them: photo_data.hpp), in
///          evaluation mode and in the single view of testing.
TrainOutcome train(const Recipe& recipe, const TrainingData& data, const RunFolder& run, const TrainOptions& options);

/// The same on `training_data(recipe, data)`.
TrainOutcome train(const Recipe& recipe, const Cifar10& data, const RunFolder& run, const TrainOptions& options);

}  // namespace resnet

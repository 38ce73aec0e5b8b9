// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>

#include "batch/batch_stream.hpp"
#include "model/classifier.hpp"
#include "tensor/precision.hpp"
#include "train/optimizer.hpp"

namespace resnet {

/// Where a step's time went; on a device that computes beside the processor, `forward` waits for it and the others do
/// not. Waiting for the pieces of a batch counts as none of them.
struct StepSeconds {
  double forward = 0;
  double backward = 0;
  double update = 0;
};

/// What a step saw of its batch before it changed the weights.
struct StepResult {
  double loss_nats = 0;
  std::int64_t images = 0;
  std::int64_t errors = 0;
  StepSeconds seconds;
};

/// A batch that comes piece by piece, each one when it is asked for: the micro-batches of a step.
struct StepPieces {
  std::int64_t images = 0;  ///< Of all pieces; those that could not be read may be missing when they come.
  std::int64_t pieces = 1;
  std::function<Batch()> next;
};

/// One step of training: forward, cross-entropy, backward, update. `before_update` may look at the gradients.
///
/// If the loss is not finite, weights and momentum stay as they were; batch norm's running statistics have seen the
/// batch by then. Whether the update left finite weights is not looked at here: the next loss, or the next checkpoint,
/// will tell.
///
/// Of a batch in pieces one at a time goes through the net, and the gradient is that of the mean over all images that
/// came: the same as of the whole batch, but that batch norm sees a piece alone. There is one update.
///
/// Throws Error if no image came.
StepResult train_step(Classifier& model, Sgd& optimizer, const StepPieces& batch, double rate, Precision precision,
                      torch::Device device, const std::function<void(const Classifier&)>& before_update = {});

/// The same of a batch that is there as a whole.
StepResult train_step(Classifier& model, Sgd& optimizer, const Batch& batch, double rate, Precision precision,
                      torch::Device device);

}  // namespace resnet

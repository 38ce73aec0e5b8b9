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
/// not.
struct StepSeconds {
  double forward = 0;
  double backward = 0;
  double update = 0;
};

/// What a step saw of its batch before it changed the weights.
struct StepResult {
  double loss_nats = 0;
  std::int64_t errors = 0;
  StepSeconds seconds;
};

/// One step of training: forward, cross-entropy, backward, update. `before_update` may look at the gradients.
///
/// If the loss is not finite, weights and momentum stay as they were; batch norm's running statistics have seen the
/// batch by then. Whether the update left finite weights is not looked at here: the next loss, or the next checkpoint,
/// will tell.
StepResult train_step(Classifier& model, Sgd& optimizer, const Batch& batch, double rate, Precision precision,
                      torch::Device device, const std::function<void(const Classifier&)>& before_update = {});

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>

#include "batch/batch_stream.hpp"
#include "model/classifier.hpp"
#include "train/optimizer.hpp"

namespace resnet {

/// What a step saw of its batch before it changed the weights.
struct StepResult {
  double loss_nats = 0;
  std::int64_t errors = 0;
};

/// One step of training: forward, cross-entropy, backward, update. Leaves the net as it was if the loss is not finite.
StepResult train_step(Classifier& model, Sgd& optimizer, const Batch& batch, double rate, torch::Device device);

}  // namespace resnet

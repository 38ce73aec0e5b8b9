// SPDX-License-Identifier: MIT
#include "train/train_step.hpp"

#include <ATen/Functions.h>

#include <cmath>

#include "train/evaluate.hpp"

namespace resnet {

StepResult train_step(Classifier& model, Sgd& optimizer, const Batch& batch, double rate, torch::Device device) {
  const torch::Tensor labels = batch.labels.to(device);
  const torch::Tensor logits = model.forward(batch.images.to(device));
  const torch::Tensor loss = at::cross_entropy_loss(logits, labels);
  const StepResult result{loss.item<double>(), count_errors(logits, labels)};
  if (!std::isfinite(result.loss_nats)) return result;
  loss.backward();
  optimizer.step(rate);
  model.zero_grad();
  return result;
}

}  // namespace resnet

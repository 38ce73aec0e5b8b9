// SPDX-License-Identifier: MIT
#include "train/train_step.hpp"

#include <ATen/Functions.h>

#include <cmath>

#include "core/stopwatch.hpp"
#include "train/evaluate.hpp"

namespace resnet {

StepResult train_step(Classifier& model, Sgd& optimizer, const Batch& batch, double rate, Precision precision,
                      torch::Device device, const std::function<void(const Classifier&)>& before_update) {
  StepResult result;
  Stopwatch stopwatch;
  const torch::Tensor labels = batch.labels.to(device);
  torch::Tensor logits;
  {
    const PrecisionScope scope(precision, device);
    logits = model.forward(batch.images.to(device));
  }
  const torch::Tensor loss = at::cross_entropy_loss(logits, labels);
  result.loss_nats = loss.item<double>();
  result.errors = count_errors(logits, labels);
  result.seconds.forward = stopwatch.seconds();
  if (!std::isfinite(result.loss_nats)) return result;

  stopwatch.restart();
  loss.backward();
  result.seconds.backward = stopwatch.seconds();

  if (before_update) before_update(model);

  stopwatch.restart();
  optimizer.step(rate);
  model.zero_grad();
  result.seconds.update = stopwatch.seconds();
  return result;
}

}  // namespace resnet

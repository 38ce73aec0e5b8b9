// SPDX-License-Identifier: MIT
#include "train/train_step.hpp"

#include <ATen/Functions.h>

#include <cmath>

#include "core/error.hpp"
#include "core/stopwatch.hpp"
#include "train/evaluate.hpp"

namespace resnet {
namespace {

/// Adds the gradient of `weight` times the piece's mean loss to those that stand in the parameters, and the piece to
/// the result. Leaves the gradients alone if the loss is not finite.
void add_piece(Classifier& model, const Batch& piece, double weight, Precision precision, torch::Device device,
               StepResult& result) {
  Stopwatch stopwatch;
  const torch::Tensor labels = piece.labels.to(device);
  torch::Tensor logits;
  {
    const PrecisionScope scope(precision, device);
    logits = model.forward(piece.images.to(device));
  }
  torch::Tensor loss = at::cross_entropy_loss(logits, labels);
  result.loss_nats += weight * loss.item<double>();
  result.images += labels.size(0);
  result.errors += count_errors(logits, labels);
  result.seconds.forward += stopwatch.seconds();
  if (!std::isfinite(result.loss_nats)) return;

  stopwatch.restart();
  if (weight != 1) loss = loss.mul(weight);
  loss.backward();
  result.seconds.backward += stopwatch.seconds();
}

/// What was weighed for a batch of `expected` images is weighed for those that came.
void weigh_anew(Classifier& model, StepResult& result, std::int64_t expected) {
  const double factor = static_cast<double>(expected) / static_cast<double>(result.images);
  const torch::NoGradGuard no_gradient;
  for (const auto& parameter : model.parameters()) {
    if (parameter.grad().defined()) parameter.grad().mul_(factor);  // one that is not trained has none
  }
  result.loss_nats *= factor;
}

}  // namespace

StepResult train_step(Classifier& model, Sgd& optimizer, const StepPieces& batch, double rate, Precision precision,
                      torch::Device device, const std::function<void(const Classifier&)>& before_update) {
  StepResult result;
  for (std::int64_t i = 0; i < batch.pieces && std::isfinite(result.loss_nats); ++i) {
    const Batch piece = batch.next();
    const std::int64_t images = piece.labels.size(0);
    const double weight = static_cast<double>(images) / static_cast<double>(batch.images);
    if (images > 0) add_piece(model, piece, weight, precision, device, result);
  }
  require(result.images > 0, "a training step: none of its {} images could be read; mend the files, or take them away",
          batch.images);
  if (!std::isfinite(result.loss_nats)) {
    model.zero_grad();
    return result;
  }
  if (result.images < batch.images) weigh_anew(model, result, batch.images);

  if (before_update) before_update(model);

  const Stopwatch stopwatch;
  optimizer.step(rate);
  model.zero_grad();
  result.seconds.update = stopwatch.seconds();
  return result;
}

StepResult train_step(Classifier& model, Sgd& optimizer, const Batch& batch, double rate, Precision precision,
                      torch::Device device) {
  const StepPieces whole{batch.labels.size(0), 1, [&] { return batch; }};
  return train_step(model, optimizer, whole, rate, precision, device);
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "train/evaluate.hpp"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "batch/batch_stream.hpp"

namespace resnet {
namespace {

// Small enough that a net's widest map stays in the cache of a small machine; the counts do not depend on it.
constexpr std::int64_t kEvaluationBatch = 250;

class EvaluationMode {
 public:
  explicit EvaluationMode(Classifier& model) : model_(model), was_training_(model.is_training()) { model_.eval(); }
  ~EvaluationMode() { model_.train(was_training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  Classifier& model_;
  bool was_training_;
};

}  // namespace

std::int64_t count_errors(const torch::Tensor& logits, const torch::Tensor& labels) {
  return logits.argmax(1).ne(labels).sum().item<std::int64_t>();
}

std::optional<Evaluation> evaluate(Classifier& model, const ImageSet& set, const torch::Tensor& mean,
                                   torch::Device device, const std::function<bool(std::int64_t)>& goes_on) {
  const EvaluationMode mode(model);
  const c10::InferenceMode no_gradient;
  Evaluation evaluation;
  for (std::int64_t first = 0; first < set.size(); first += kEvaluationBatch) {
    if (!goes_on(first)) return std::nullopt;
    const Batch batch = single_view_batch(set, mean, first, std::min(kEvaluationBatch, set.size() - first));
    const torch::Tensor labels = batch.labels.to(device);
    const torch::Tensor logits = model.forward(batch.images.to(device));
    evaluation.images += labels.size(0);
    evaluation.errors += count_errors(logits, labels);
    evaluation.loss_nats += at::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum).item<double>();
  }
  evaluation.loss_nats /= static_cast<double>(evaluation.images);
  return evaluation;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "train/evaluate.hpp"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <tuple>

#include "batch/batch_stream.hpp"
#include "core/error.hpp"

namespace resnet {
namespace {

// Small enough that a net's widest map stays in the cache of a small machine; the counts do not depend on it.
constexpr std::int64_t kEvaluationBatch = 250;

// As many crops of 224 pixels as leave room for the maps of a deep net; the scores do not depend on it.
constexpr std::int64_t kCropsAtOnce = 50;

Batch bytes_batch(const ImageSet& set, std::int64_t first, std::int64_t count) {
  return {set.images.narrow(0, first, count), set.labels.narrow(0, first, count)};
}

}  // namespace

torch::Tensor confusion_of(const Evaluation& evaluation) {
  const std::int64_t classes = evaluation.classes;
  const torch::Tensor cells = evaluation.taken_for.select(1, 0).mul(classes).add(evaluation.taken_for.select(1, 1));
  return cells.bincount({}, classes * classes).view({classes, classes});
}

std::int64_t count_errors(const torch::Tensor& scores, const torch::Tensor& labels) {
  return scores.argmax(1).ne(labels).sum().item<std::int64_t>();
}

std::int64_t count_top5_errors(const torch::Tensor& scores, const torch::Tensor& labels) {
  const torch::Tensor best = std::get<1>(scores.topk(std::min<std::int64_t>(5, scores.size(1)), 1));
  return labels.size(0) - best.eq(labels.unsqueeze(1)).sum().item<std::int64_t>();
}

TestImages test_images(const ImageSet& set, const std::optional<Normalization>& input) {
  TestImages images{.images = set.size(), .batch = kEvaluationBatch, .making = {}, .class_names = set.class_names};
  const auto count = [size = set.size()](std::int64_t first) { return std::min(kEvaluationBatch, size - first); };
  if (!input) {
    images.making = in_one_part<Batch>([set, count](std::int64_t index) {
      const std::int64_t first = index * kEvaluationBatch;
      return bytes_batch(set, first, count(first));
    });
    return images;
  }
  images.making = in_one_part<Batch>([set, count, by = *input](std::int64_t index) {
    const std::int64_t first = index * kEvaluationBatch;
    return single_view_batch(set, by, first, count(first));
  });
  return images;
}

std::int64_t photos_at_once(TestView view) { return view == TestView::kTenCrop ? kCropsAtOnce / 10 : kCropsAtOnce; }

TestImages test_images(const PhotoSet& set, const PhotoTesting& testing, TestView view, std::int64_t loader_threads) {
  const std::int64_t at_once = photos_at_once(view);
  return {.images = set.size(),
          .batch = at_once,
          .making = test_batches(set, testing, view, at_once),
          .loader_threads = loader_threads,
          .class_names = set.class_names};
}

bool for_each_batch(const TestImages& images, const std::function<bool(std::int64_t)>& goes_on,
                    const std::function<void(const std::string&)>& on_left_out,
                    const std::function<void(const Batch&)>& use) {
  Prefetch<Batch> batches(images.making, 0, images.batches(), images.loader_threads);
  for (std::int64_t i = 0; i < images.batches(); ++i) {
    if (!goes_on(i * images.batch)) return false;
    const Batch batch = batches.next();
    for (const std::string& sentence : batch.left_out) {
      if (on_left_out) on_left_out(sentence);
    }
    if (batch.labels.size(0) > 0) use(batch);
  }
  return true;
}

std::optional<Evaluation> evaluate(Classifier& model, const TestImages& images, torch::Device device,
                                   const std::function<bool(std::int64_t)>& goes_on,
                                   const std::function<void(const std::string&)>& on_left_out) {
  const EvaluationMode mode(model);
  const c10::InferenceMode no_gradient;
  const auto classes = static_cast<std::int64_t>(images.class_names.size());
  Evaluation evaluation;
  evaluation.classes = classes;
  std::vector<torch::Tensor> taken_for;
  const auto count = [&](const Batch& batch) {
    const torch::Tensor labels = batch.labels.to(device);
    const torch::Tensor logits = model.forward(batch.images.to(device)).to(at::kFloat);
    require(logits.dim() == 2 && logits.size(1) == classes,
            "the net gives {} scores an image, and the set has {} classes", logits.size(-1), classes);
    evaluation.images += labels.size(0);
    evaluation.errors += count_errors(logits, labels);
    evaluation.top5_errors += count_top5_errors(logits, labels);
    taken_for.push_back(at::stack({labels, logits.argmax(1)}, 1).cpu());
    evaluation.loss_nats += at::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum).item<double>();
  };
  if (!for_each_batch(images, goes_on, on_left_out, count)) return std::nullopt;
  require(evaluation.images > 0, "there are no images to test with");
  evaluation.loss_nats /= static_cast<double>(evaluation.images);
  evaluation.taken_for = at::cat(taken_for);
  return evaluation;
}

std::optional<Evaluation> evaluate(Classifier& model, const ImageSet& set, const std::optional<Normalization>& input,
                                   torch::Device device, const std::function<bool(std::int64_t)>& goes_on) {
  return evaluate(model, test_images(set, input), device, goes_on);
}

}  // namespace resnet

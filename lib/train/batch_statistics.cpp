// SPDX-License-Identifier: MIT
#include "train/batch_statistics.hpp"

#include <ATen/Functions.h>

#include <memory>
#include <ranges>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "model/batch_norm.hpp"
#include "model/kept_modes.hpp"

namespace resnet {
namespace {

/// The batch norms of a net, in training mode and set to keep the statistics of the last group alone; when it goes,
/// they and the net are as they were, but for what `keep` gave them.
class Statistics {
 public:
  explicit Statistics(Classifier& model) : kept_(model) {
    for (const auto& module : model.modules(/*include_self=*/false)) {
      if (const auto norm = std::dynamic_pointer_cast<BatchNorm>(module)) norms_.push_back(remember(norm));
    }
    model.train();
  }
  ~Statistics() {
    const torch::NoGradGuard no_gradient;
    for (Norm& norm : norms_ | std::views::reverse) {  // a norm that stands twice in a net was first seen as it was
      norm.module->momentum = norm.momentum_before;
      norm.module->running_mean.copy_(norm.mean_afterwards);
      norm.module->running_var.copy_(norm.var_afterwards);
      norm.module->num_batches_tracked.copy_(norm.count_before);
    }
  }
  Statistics(const Statistics&) = delete;
  Statistics& operator=(const Statistics&) = delete;

  /// Adds what the last group left.
  void add_group() {
    ++groups_;
    for (Norm& norm : norms_) {
      norm.mean_sum.add_(norm.module->running_mean);
      norm.var_sum.add_(norm.module->running_var);
    }
  }

  void keep() {
    require(groups_ > 0, "batch norm's statistics: none of the images could be read");
    for (Norm& norm : norms_) {
      norm.mean_afterwards = norm.mean_sum.div(static_cast<double>(groups_));
      norm.var_afterwards = norm.var_sum.div(static_cast<double>(groups_));
    }
  }

 private:
  struct Norm {
    std::shared_ptr<BatchNorm> module;
    double momentum_before;
    torch::Tensor mean_afterwards;  // what it had before, unless keep() gives it the averages
    torch::Tensor var_afterwards;
    torch::Tensor count_before;
    torch::Tensor mean_sum;
    torch::Tensor var_sum;
  };

  static Norm remember(const std::shared_ptr<BatchNorm>& module) {
    const double momentum = std::exchange(module->momentum, 1);
    return {module,
            momentum,
            module->running_mean.clone(),
            module->running_var.clone(),
            module->num_batches_tracked.clone(),
            at::zeros_like(module->running_mean, at::kDouble),
            at::zeros_like(module->running_var, at::kDouble)};
  }

  KeptModes kept_;
  std::vector<Norm> norms_;
  std::int64_t groups_ = 0;
};

}  // namespace

bool take_batch_statistics(Classifier& model, std::int64_t batches, const std::function<Batch()>& next,
                           std::int64_t bn_batch, torch::Device device,
                           const std::function<bool(std::int64_t)>& goes_on) {
  const torch::NoGradGuard no_gradient;
  Statistics statistics(model);
  for (std::int64_t i = 0; i < batches; ++i) {
    if (!goes_on(i)) return false;
    const Batch batch = next();
    const std::int64_t images = batch.labels.size(0);
    // Images that could not be read may leave a group smaller than the others.
    const std::int64_t group = bn_batch == 0 ? images : bn_batch;
    for (std::int64_t first = 0; first + group <= images && group > 0; first += group) {
      model.forward(batch.images.narrow(0, first, group).to(device));
      statistics.add_group();
    }
  }
  statistics.keep();
  return true;
}

}  // namespace resnet

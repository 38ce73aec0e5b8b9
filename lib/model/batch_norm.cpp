// SPDX-License-Identifier: MIT
#include "model/batch_norm.hpp"

#include <ATen/Context.h>

#include <vector>

#include "core/error.hpp"

namespace resnet {

BatchNorm::BatchNorm(std::int64_t channels, std::int64_t bn_batch)
    : weight(register_parameter("weight", torch::ones(channels))),
      bias(register_parameter("bias", torch::zeros(channels))),
      running_mean(register_buffer("running_mean", torch::zeros(channels))),
      running_var(register_buffer("running_var", torch::ones(channels))),
      num_batches_tracked(register_buffer("num_batches_tracked", torch::zeros({}, torch::kLong))),
      bn_batch_(bn_batch) {}

torch::Tensor BatchNorm::forward(const torch::Tensor& x) {
  const std::int64_t images = x.size(0);
  if (!is_training() || bn_batch_ == 0 || bn_batch_ == images) return normalise(x);
  require(
      images % bn_batch_ == 0,
      "batch norm: a batch of {} images does not divide into groups of {}; choose a --bn-batch that divides the batch",
      images, bn_batch_);
  std::vector<torch::Tensor> groups = x.split(bn_batch_);
  for (torch::Tensor& group : groups) group = normalise(group);
  return torch::cat(groups);
}

torch::Tensor BatchNorm::normalise(const torch::Tensor& x) {
  if (is_training()) num_batches_tracked += 1;
  return torch::batch_norm(x, weight, bias, running_mean, running_var, is_training(), kMomentum, kEpsilon,
                           at::globalContext().userEnabledCuDNN());
}

}  // namespace resnet

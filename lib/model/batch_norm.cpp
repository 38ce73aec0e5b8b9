// SPDX-License-Identifier: MIT
#include "model/batch_norm.hpp"

#include <fmt/format.h>

namespace resnet {

BatchNorm::BatchNorm(std::int64_t channels, std::int64_t bn_batch)
    : weight(register_parameter("weight", torch::ones(channels))),
      bias(register_parameter("bias", torch::zeros(channels))),
      running_mean(register_buffer("running_mean", torch::zeros(channels))),
      running_var(register_buffer("running_var", torch::ones(channels))),
      num_batches_tracked(register_buffer("num_batches_tracked", torch::zeros({}, torch::kLong))),
      bn_batch_(bn_batch) {}

torch::Tensor BatchNorm::forward(const torch::Tensor& x) {
  torch::Tensor y = normalise(x, norm_parameters());
  count_batches(x.size(0));
  return y;
}

Activation BatchNorm::forward_relu(const torch::Tensor& x, const std::optional<torch::Tensor>& residual) {
  Activation y = normalise_relu(x, norm_parameters(), residual);
  count_batches(x.size(0));
  return y;
}

std::string BatchNorm::script() const {
  const auto normalise = [](const char* x, const char* has_batch_statistics) {
    return fmt::format(
        "torch.batch_norm({}, self.weight, self.bias, self.running_mean, self.running_var, {}, {}, {}, True)", x,
        has_batch_statistics, kMomentum, kEpsilon);
  };
  if (bn_batch_ == 0) {
    return fmt::format(
        "def forward(self, x: Tensor) -> Tensor:\n"
        "    if self.training:\n"
        "        self.num_batches_tracked.add_(1)\n"
        "    return {}\n",
        normalise("x", "self.training"));
  }
  return fmt::format(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "    if self.training:\n"
      "        assert x.size(0) % {0} == 0, 'batch norm: the batch does not divide into groups of {0}'\n"
      "        groups: List[Tensor] = []\n"
      "        for group in x.split({0}):\n"
      "            self.num_batches_tracked.add_(1)\n"
      "            groups.append({1})\n"
      "        return torch.cat(groups)\n"
      "    return {2}\n",
      bn_batch_, normalise("group", "True"), normalise("x", "False"));
}

void BatchNorm::to(torch::Device device, torch::Dtype dtype, bool non_blocking) {
  const torch::Tensor count = num_batches_tracked.clone();  // which LibTorch would make a float, once and for all
  Module::to(device, dtype, non_blocking);
  num_batches_tracked.set_data(count.to(device));
}

void BatchNorm::to(torch::Dtype dtype, bool non_blocking) { to(num_batches_tracked.device(), dtype, non_blocking); }

NormParameters BatchNorm::norm_parameters() const {
  using Statistics = NormParameters::Statistics;
  return {.weight = weight,
          .bias = bias,
          .running_mean = running_mean,
          .running_var = running_var,
          .statistics = is_training() ? Statistics::kOfBatch : Statistics::kRunning,
          .momentum = momentum,
          .epsilon = kEpsilon,
          .group = bn_batch_};
}

void BatchNorm::count_batches(std::int64_t images) {
  if (is_training()) num_batches_tracked += bn_batch_ == 0 ? 1 : images / bn_batch_;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "train/optimizer.hpp"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_sub.h>
#include <ATen/ops/zeros_like.h>

#include "core/error.hpp"

namespace resnet {

Sgd::Sgd(std::vector<torch::Tensor> parameters, double momentum, double weight_decay)
    : parameters_(std::move(parameters)), momentum_(momentum), weight_decay_(weight_decay) {
  for (const auto& parameter : parameters_) velocities_.push_back(at::zeros_like(parameter.detach()));
}

void Sgd::step(double rate) {
  const torch::NoGradGuard no_gradient;
  std::vector<torch::Tensor> gradients;
  for (const auto& parameter : parameters_) {
    require(parameter.grad().defined(), "the optimizer: a parameter has no gradient; call backward() first");
    gradients.push_back(parameter.grad());
  }
  gradients = at::_foreach_add(gradients, parameters_, weight_decay_);
  at::_foreach_mul_(velocities_, momentum_);
  at::_foreach_add_(velocities_, gradients, rate);
  at::_foreach_sub_(parameters_, velocities_);
}

}  // namespace resnet

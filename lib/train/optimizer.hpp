// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <vector>

namespace resnet {

/// Stochastic gradient descent with momentum, in the form of the authors' solver: v = m v + rate g, w = w - v.
///
/// The decay is part of the gradient, g = dL/dw + decay w, for every parameter. LibTorch's form, v = m v + g and
/// w = w - rate v, is the same as long as the rate stands still; when it drops, this one lets the old, larger steps
/// fade, that one shrinks them at once.
///
/// Paper    Section 3.4: weight decay 0.0001, momentum 0.9.
/// Differs  The paper does not give the form, nor say whether BN's parameters decay: Caffe's form, and they do.
class Sgd {
 public:
  Sgd(std::vector<torch::Tensor> parameters, double momentum, double weight_decay);

  /// One update from the gradients that stand in the parameters, which the caller then resets. Parameters in float32 on
  /// the CPU take one pass over memory of our own, all else, and everything under Kernels::kEager, LibTorch's
  /// operations.
  /// Throws Error if a parameter has no gradient.
  void step(double rate);

  /// v, one tensor for each parameter: what a checkpoint keeps.
  const std::vector<torch::Tensor>& velocities() const { return velocities_; }

 private:
  std::vector<torch::Tensor> parameters_;
  std::vector<torch::Tensor> velocities_;
  double momentum_;
  double weight_decay_;
};

}  // namespace resnet

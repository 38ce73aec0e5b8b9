// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>

#include <string>

#include "model/cost.hpp"
#include "model/scripted.hpp"
#include "tensor/norm_relu.hpp"

namespace resnet {

/// A few layers that a net stacks: what lets one net be built of plain or of residual blocks.
///
/// Shapes   x [N, in, H, W] -> [N, out, ceil(H / stride), ceil(W / stride)], in x's memory format.
class Block : public torch::nn::Module, public Scripted {
 public:
  virtual Activation forward(const Activation& x) = 0;

  /// Appends the block's layers under the block's name, and returns the map that leaves it.
  virtual FeatureMap add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const = 0;
};

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <string>

#include "model/cost.hpp"
#include "model/scripted.hpp"

namespace resnet {

/// The largest number of each window of kernel x kernel pixels, every `stride` pixels.
///
/// Shapes   x [N, C, H, W] -> [N, C, (H + 2 padding - kernel) / stride + 1, likewise], in x's memory format; the
///          division rounds down. Padding never wins.
class MaxPool : public torch::nn::Module, public Scripted {
 public:
  MaxPool(std::int64_t kernel, std::int64_t stride, std::int64_t padding)
      : kernel_(kernel), stride_(stride), padding_(padding) {}

  torch::Tensor forward(const torch::Tensor& x) const;
  std::string script() const override;
  FeatureMap add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const;

 private:
  std::int64_t kernel_;
  std::int64_t stride_;
  std::int64_t padding_;
};

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/modules/conv.h>

#include <cstdint>
#include <memory>
#include <string>

#include "model/batch_norm.hpp"
#include "model/block.hpp"
#include "model/shortcut.hpp"

namespace resnet {

/// Two 3x3 layers and the shortcut around them: y = relu(F(x) + shortcut(x)).
///
/// Paper    Figure 2 and Figure 5 (left); the second ReLU follows the addition. The stride is the first layer's.
/// Throws   As ShortcutPath.
class ResidualBlock : public Block {
 public:
  ResidualBlock(std::int64_t in, std::int64_t out, std::int64_t stride, const ModelSpec& spec);

  Activation forward(const Activation& x) override;
  std::string script() const override;
  FeatureMap add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const override;

 private:
  std::shared_ptr<torch::nn::Conv2dImpl> conv1_;
  std::shared_ptr<BatchNorm> bn1_;
  std::shared_ptr<torch::nn::Conv2dImpl> conv2_;
  std::shared_ptr<BatchNorm> bn2_;
  std::shared_ptr<ShortcutPath> shortcut_;
};

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/modules/conv.h>

#include <cstdint>
#include <memory>
#include <string>

#include "model/batch_norm.hpp"
#include "model/block.hpp"

namespace resnet {

/// Two 3x3 layers, each followed by batch norm and ReLU: a residual block without its shortcut.
///
/// Paper    Section 3.3, "Plain Network". The layers' names and parameters are those of a ResidualBlock with option A.
class PlainBlock : public Block {
 public:
  PlainBlock(std::int64_t in, std::int64_t out, std::int64_t stride, std::int64_t bn_batch);

  Activation forward(const Activation& x) override;
  std::string script() const override;
  FeatureMap add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const override;

 private:
  std::shared_ptr<torch::nn::Conv2dImpl> conv1_;
  std::shared_ptr<BatchNorm> bn1_;
  std::shared_ptr<torch::nn::Conv2dImpl> conv2_;
  std::shared_ptr<BatchNorm> bn2_;
};

}  // namespace resnet

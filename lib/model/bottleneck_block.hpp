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

/// A 1x1 layer that reduces the channels to `width`, a 3x3 layer, a 1x1 layer that restores them to 4 width, and the
/// shortcut around the three: y = relu(F(x) + shortcut(x)).
///
/// Paper    Section 4.1, "Deeper Bottleneck Architectures", and Figure 5 (right).
/// Shapes   As Block, with out = kExpansion * width.
/// Throws   As ShortcutPath.
/// Differs  See BottleneckStride, which says what layer the stride is of.
class BottleneckBlock : public Block {
 public:
  static constexpr std::int64_t kExpansion = 4;

  BottleneckBlock(std::int64_t in, std::int64_t width, std::int64_t stride, const ModelSpec& spec);

  Activation forward(const Activation& x) override;
  std::string script() const override;
  FeatureMap add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const override;

 private:
  std::shared_ptr<torch::nn::Conv2dImpl> conv1_;
  std::shared_ptr<BatchNorm> bn1_;
  std::shared_ptr<torch::nn::Conv2dImpl> conv2_;
  std::shared_ptr<BatchNorm> bn2_;
  std::shared_ptr<torch::nn::Conv2dImpl> conv3_;
  std::shared_ptr<BatchNorm> bn3_;
  std::shared_ptr<ShortcutPath> shortcut_;
};

}  // namespace resnet

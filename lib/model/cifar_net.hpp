// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/batch_norm.hpp"
#include "model/block.hpp"
#include "model/classifier.hpp"
#include "model/model_spec.hpp"
#include "model/scripted.hpp"

namespace resnet {

/// The paper's CIFAR-10 net of 6n + 2 weighted layers, plain or residual.
///
/// A 3x3 convolution, three stages of n blocks with {16, 32, 64} filters on maps of {32, 16, 8}, global average
/// pooling, and a fully-connected layer. Modules carry torchvision's names: conv1, bn1, layer1.0.conv1, ..., fc.
///
/// Paper    Section 4.2.
/// Shapes   images [N, 3, H, W] -> logits [N, classes]; channels-last inside, whatever comes in.
/// Throws   As Classifier and check_spec.
class CifarNet : public Classifier, public Scripted {
 public:
  /// Channels that enter the fully-connected layer.
  static constexpr std::int64_t kLastWidth = 64;

  explicit CifarNet(const ModelSpec& spec);

  torch::Tensor forward(const torch::Tensor& images) override;
  std::string script() const override;
  ModelCost cost(std::int64_t height, std::int64_t width) const override;

 private:
  std::shared_ptr<torch::nn::Conv2dImpl> conv1_;
  std::shared_ptr<BatchNorm> bn1_;
  std::vector<std::pair<std::string, std::shared_ptr<Block>>> blocks_;  // "layer1.0" and so on, in order
  std::shared_ptr<torch::nn::LinearImpl> fc_;
};

}  // namespace resnet

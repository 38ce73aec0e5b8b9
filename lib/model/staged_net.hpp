// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/batch_norm.hpp"
#include "model/block.hpp"
#include "model/classifier.hpp"
#include "model/max_pool.hpp"
#include "model/model_spec.hpp"
#include "model/scripted.hpp"

namespace resnet {

/// What CIFAR-10's nets and ImageNet's differ in.
struct StageLayout {
  std::int64_t kernel = 0;  ///< Of conv1.
  std::int64_t stride = 0;  ///< Of conv1.
  std::int64_t width = 0;  ///< Filters of conv1 and of the first stage's 3x3 layers; each next stage has twice as many.
  std::shared_ptr<MaxPool> pool;     ///< Between conv1 and the first stage; null where there is none.
  std::vector<std::int64_t> blocks;  ///< In each stage.
};

/// A convolution, stages of blocks, global average pooling and a fully-connected layer: what the paper's nets share.
///
/// The first block of each stage but the first halves the map. The blocks are plain, residual or bottlenecks, as the
/// spec says. Modules carry torchvision's names: conv1, bn1, maxpool, layer1.0.conv1, ..., fc.
///
/// Paper    Section 3.3 and Figure 3; Section 4.2.
/// Shapes   images [N, 3, H, W] -> logits [N, classes]; channels-last inside, whatever comes in.
/// Throws   As Classifier.
class StagedNet : public Classifier, public Scripted {
 public:
  torch::Tensor forward(const torch::Tensor& images) override;
  std::string script() const override;
  ModelCost cost(std::int64_t height, std::int64_t width) const override;

 protected:
  StagedNet(const ModelSpec& spec, const StageLayout& layout);

  /// The parts of `forward`, one after the other. Stages are counted from 1.
  Activation first_layers(const torch::Tensor& images);
  Activation stages(Activation x, std::size_t first, std::size_t last);
  static torch::Tensor average(const Activation& x) { return x.to_layers.mean({2, 3}); }
  torch::Tensor last_layer(const torch::Tensor& features);

 private:
  struct StagedBlock {
    std::size_t stage;
    std::string name;  // "layer1.0" and so on
    std::shared_ptr<Block> block;
  };

  std::shared_ptr<torch::nn::Conv2dImpl> conv1_;
  std::shared_ptr<BatchNorm> bn1_;
  std::shared_ptr<MaxPool> maxpool_;  // may be null
  std::size_t stages_;
  std::vector<StagedBlock> blocks_;  // in order
  std::shared_ptr<torch::nn::LinearImpl> fc_;
};

}  // namespace resnet

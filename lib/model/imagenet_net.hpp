// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "model/region_net.hpp"
#include "model/staged_net.hpp"

namespace resnet {

/// The paper's ImageNet net of 18, 34, 50, 101 or 152 weighted layers, plain or residual.
///
/// A 7x7 convolution of stride 2, a 3x3 max pool of stride 2, four stages with {64, 128, 256, 512} filters in their 3x3
/// layers on maps of {56, 28, 14, 7}, global average pooling, and a fully-connected layer. From 50 layers on the blocks
/// are bottlenecks.
///
/// Paper    Table 1, Section 3.3 and Section 4.1.
/// Throws   As StagedNet and check_spec, and Error if the spec is of another design.
/// Differs  The paper does not say what the max pool does at the borders: here a pixel of padding on each side. The
///          authors' Caffe net pads nothing and rounds the map's size up.
class ImageNetNet : public StagedNet, public RegionNet {
 public:
  explicit ImageNetNet(const ModelSpec& spec);

  RegionShape region_shape() const override;
  torch::Tensor shared_map(const torch::Tensor& image) override;
  torch::Tensor region_features(const torch::Tensor& parts) override;
  torch::Tensor region_logits(const torch::Tensor& features) override;
  std::vector<std::string> fixed_modules() const override;

 private:
  std::int64_t expansion_;  // channels that leave a block, for one that leaves its 3x3 layers
};

/// The blocks of conv2_x to conv5_x in the net of this depth (Table 1). Throws Error for another depth.
std::vector<std::int64_t> imagenet_blocks(std::int64_t depth);

}  // namespace resnet

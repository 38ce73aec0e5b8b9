// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace torch::nn {
class Conv2dImpl;
class LinearImpl;
}  // namespace torch::nn

namespace resnet {

class BatchNorm;

/// The size of one image's features between two layers.
struct FeatureMap {
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;

  bool operator==(const FeatureMap&) const = default;
};

/// What one layer holds and what it does to one image.
struct LayerCost {
  std::string name;  ///< As in the state's names: "layer1.0.conv1".
  std::string
      kind;  ///< "convolution", "projection", "batch norm", "zero padding", "max pool", "average pool" or "linear".
  FeatureMap output;
  std::int64_t parameters = 0;
  std::int64_t multiply_adds = 0;
};

/// A net's parameters and multiply-adds, layer by layer in the order of computation.
///
/// Paper    Section 4.2 and Table 6 (parameters); Table 1 (FLOPs, which are multiply-adds).
/// Units    Multiply-adds of one image, in convolutions, projections and the fully-connected layer; the rest counts 0.
struct ModelCost {
  std::vector<LayerCost> layers;

  std::int64_t parameters() const;
  std::int64_t multiply_adds() const;
};

/// Each appends its layer, read off the layer's own weights, strides and padding, and returns the map that leaves it.
/// Throws Error if the map that enters has another number of channels than the layer takes.
FeatureMap add_convolution(ModelCost& cost, std::string name, const torch::nn::Conv2dImpl& layer, FeatureMap in,
                           std::string kind = "convolution");
FeatureMap add_batch_norm(ModelCost& cost, std::string name, const BatchNorm& layer, FeatureMap in);
FeatureMap add_linear(ModelCost& cost, std::string name, const torch::nn::LinearImpl& layer, FeatureMap in);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "model/cost.hpp"

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <utility>
#include <variant>

#include "core/error.hpp"
#include "model/batch_norm.hpp"

namespace resnet {
namespace {

std::int64_t count_parameters(const torch::nn::Module& layer) {
  std::int64_t count = 0;
  for (const torch::Tensor& parameter : layer.parameters()) count += parameter.numel();
  return count;
}

void require_channels(const std::string& name, std::int64_t channels, std::int64_t expected) {
  require(channels == expected, "{}: {} channels enter, expected {}", name, channels, expected);
}

}  // namespace

std::int64_t ModelCost::parameters() const {
  std::int64_t sum = 0;
  for (const LayerCost& layer : layers) sum += layer.parameters;
  return sum;
}

std::int64_t ModelCost::multiply_adds() const {
  std::int64_t sum = 0;
  for (const LayerCost& layer : layers) sum += layer.multiply_adds;
  return sum;
}

FeatureMap add_convolution(ModelCost& cost, std::string name, const torch::nn::Conv2dImpl& layer, FeatureMap in,
                           std::string kind) {
  const torch::Tensor& weight = layer.weight;  // [out, in, kernel height, kernel width]
  require_channels(name, in.channels, weight.size(1));
  const auto& stride = *layer.options.stride();
  const auto& padding = *std::get<torch::ExpandingArray<2>>(layer.options.padding());
  const FeatureMap out{weight.size(0), (in.height + 2 * padding[0] - weight.size(2)) / stride[0] + 1,
                       (in.width + 2 * padding[1] - weight.size(3)) / stride[1] + 1};
  cost.layers.push_back(
      {std::move(name), std::move(kind), out, count_parameters(layer), weight.numel() * out.height * out.width});
  return out;
}

FeatureMap add_batch_norm(ModelCost& cost, std::string name, const BatchNorm& layer, FeatureMap in) {
  require_channels(name, in.channels, layer.weight.numel());
  cost.layers.push_back({std::move(name), "batch norm", in, count_parameters(layer)});
  return in;
}

FeatureMap add_linear(ModelCost& cost, std::string name, const torch::nn::LinearImpl& layer, FeatureMap in) {
  require_channels(name, in.channels, layer.weight.size(1));
  const FeatureMap out{layer.weight.size(0), 1, 1};
  cost.layers.push_back({std::move(name), "linear", out, count_parameters(layer), layer.weight.numel()});
  return out;
}

}  // namespace resnet

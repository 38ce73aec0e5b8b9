// SPDX-License-Identifier: MIT
#include "train/gradient_norms.hpp"

#include <torch/types.h>

#include <string_view>

#include "core/error.hpp"

namespace resnet {
namespace {

constexpr std::string_view kWeight = ".weight";

/// Whether it is the weight of a convolution or of a fully-connected layer: those of batch norm are vectors.
bool is_layer(const std::string& name, const torch::Tensor& parameter) {
  return parameter.dim() > 1 && name.ends_with(kWeight);
}

}  // namespace

std::vector<std::string> weighted_layers(const Classifier& model) {
  std::vector<std::string> layers;
  for (const auto& item : model.named_parameters()) {
    if (is_layer(item.key(), item.value())) layers.push_back(item.key().substr(0, item.key().size() - kWeight.size()));
  }
  return layers;
}

std::vector<double> gradient_norms(const Classifier& model) {
  std::vector<double> norms;
  for (const auto& item : model.named_parameters()) {
    if (!is_layer(item.key(), item.value())) continue;
    const torch::Tensor gradient = item.value().grad();
    require(gradient.defined(), "gradient norms: '{}' has no gradient; is this before a backward pass?", item.key());
    norms.push_back(gradient.norm(2, at::kDouble).item<double>());
  }
  return norms;
}

}  // namespace resnet

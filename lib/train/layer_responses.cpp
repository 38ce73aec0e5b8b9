// SPDX-License-Identifier: MIT
#include "train/layer_responses.hpp"

#include <ATen/Functions.h>

#include <map>

#include "model/layer_probe.hpp"
#include "train/evaluate.hpp"

namespace resnet {
namespace {

/// Sums over images and positions, channel by channel, in double.
struct Sums {
  std::int64_t count = 0;  // of numbers in each channel
  torch::Tensor sum;       // [channels]
  torch::Tensor squares;   // [channels]

  void add(const torch::Tensor& response) {
    const torch::Tensor more = response.sum({0, 2, 3}, /*keepdim=*/false, at::kDouble);
    const torch::Tensor norm = at::linalg_vector_norm(response, 2, at::IntArrayRef{0, 2, 3}, false, at::kDouble);
    sum = sum.defined() ? sum + more : more;
    squares = squares.defined() ? squares + norm.square() : norm.square();
    count += response.numel() / response.size(1);
  }

  LayerResponse response(const std::string& layer) const {
    const auto n = static_cast<double>(count);
    const auto deviation = [](const torch::Tensor& mean, const torch::Tensor& mean_square) {
      return (mean_square - mean.square()).clamp_min(0).sqrt();
    };
    return {layer, deviation(sum.mean() / n, squares.mean() / n).item<double>(),
            deviation(sum / n, squares / n).mean().item<double>()};
  }
};

}  // namespace

std::optional<std::vector<LayerResponse>> measure_layer_responses(Classifier& model, const ImageSet& set,
                                                                  const Normalization& input, torch::Device device,
                                                                  const std::function<bool(std::int64_t)>& goes_on) {
  std::map<const BatchNorm*, Sums> sums;
  const LayerProbe probe([&](const BatchNorm& norm, const torch::Tensor& response) { sums[&norm].add(response); });
  if (!evaluate(model, set, input, device, goes_on)) return std::nullopt;
  std::vector<LayerResponse> responses;
  for (const ProbedLayer& layer : probed_layers(model)) responses.push_back(sums.at(layer.norm).response(layer.name));
  return responses;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "model/layer_probe.hpp"

#include <utility>

namespace resnet {
namespace {

thread_local const LayerProbe* innermost = nullptr;

/// "layer1.0.conv2" of "layer1.0.bn2": block and net name a layer's two modules alike.
std::string convolution_name(std::string name) {
  const std::size_t at = name.rfind("bn");
  return name.replace(at, 2, "conv");
}

}  // namespace

LayerProbe::LayerProbe(Listener listener) : listener_(std::move(listener)), outer_(innermost) { innermost = this; }

LayerProbe::~LayerProbe() { innermost = outer_; }

const LayerProbe* LayerProbe::current() { return innermost; }

std::vector<ProbedLayer> probed_layers(const Classifier& model) {
  std::vector<ProbedLayer> layers;
  for (const auto& item : model.named_modules()) {
    const auto* norm = dynamic_cast<const BatchNorm*>(item.value().get());
    const bool is_projection = item.key().find("downsample") != std::string::npos;
    if (norm != nullptr && !is_projection) layers.push_back({convolution_name(item.key()), norm});
  }
  return layers;
}

}  // namespace resnet

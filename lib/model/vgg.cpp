// SPDX-License-Identifier: MIT
#include "model/vgg.hpp"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <torch/utils.h>

#include <algorithm>

#include "core/error.hpp"
#include "tensor/convolve.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kFirstWidth = 64;
constexpr std::int64_t kLargestWidth = 512;
constexpr std::int64_t kMapSize = 7;  // what enters the first fully-connected layer, at an image of 224
constexpr std::int64_t kHidden = 4096;
constexpr std::size_t kFixedStages = 2;  // in detection

std::vector<std::int64_t> convolutions_of(const ModelSpec& spec) {
  check_spec(spec);
  require(spec.design == Design::kVgg, "{}: is no VGG net", model_name(spec));
  const std::int64_t deep = spec.depth == 16 ? 3 : 4;
  return {2, 2, deep, deep, deep};
}

torch::Tensor convolve_relu(const torch::nn::Conv2dImpl& layer, const torch::Tensor& x) {
  if (at::GradMode::is_enabled())
    return at::conv2d(x, layer.weight, layer.bias, /*stride=*/{1, 1}, /*padding=*/{1, 1}).relu();
  return convolve_and_finish(x, layer.weight, /*stride=*/1, {layer.bias, std::nullopt, /*has_relu=*/true});
}

}  // namespace

VggFeatures::VggFeatures(const std::vector<std::int64_t>& convolutions) {
  std::int64_t channels = kImageChannels;
  std::int64_t width = kFirstWidth;
  std::size_t number = 0;
  std::size_t stage = 0;
  for (const std::int64_t count : convolutions) {
    for (std::int64_t i = 0; i < count; ++i) {
      const std::string name = fmt::format("{}", number);
      auto layer = std::make_shared<torch::nn::Conv2dImpl>(
          torch::nn::Conv2dOptions(channels, width, /*kernel=*/3).padding(1).bias(true));
      layers_.push_back({name, register_module(name, layer), nullptr});
      channels = width;
      number += 2;  // the ReLU takes a number of its own
    }
    const std::string name = fmt::format("{}", number);
    auto pool = std::make_shared<MaxPool>(/*kernel=*/2, /*stride=*/2, /*padding=*/0);
    layers_.push_back({name, nullptr, register_module(name, pool)});
    ++number;
    if (++stage == kFixedStages) fixed_ = layers_.size();
    width = std::min(2 * width, kLargestWidth);
  }
}

torch::Tensor VggFeatures::forward(const torch::Tensor& x) const { return forward(x, 0, layers_.size()); }

torch::Tensor VggFeatures::forward_to_last_pool(const torch::Tensor& x) const {
  const auto fixed = [&] {
    const torch::NoGradGuard no_gradient;
    return forward(x, 0, fixed_);
  };
  return forward(fixed(), fixed_, layers_.size() - 1);
}

torch::Tensor VggFeatures::forward(torch::Tensor map, std::size_t first, std::size_t end) const {
  for (std::size_t i = first; i < end; ++i) {
    const Layer& layer = layers_[i];
    map = layer.convolution ? convolve_relu(*layer.convolution, map) : layer.pool->forward(map);
  }
  return map;
}

std::vector<std::string> VggFeatures::fixed_layers() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < fixed_; ++i) {
    if (layers_[i].convolution) names.push_back(layers_[i].name);
  }
  return names;
}

std::string VggFeatures::script() const {
  std::string script = "def forward(self, x: Tensor) -> Tensor:\n";
  for (const Layer& layer : layers_) {
    const std::string call = fmt::format("getattr(self, \"{}\").forward(x)", layer.name);
    script += fmt::format("    x = {}\n", layer.convolution ? "torch.relu(" + call + ")" : call);
  }
  return script + "    return x\n";
}

FeatureMap VggFeatures::add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const {
  FeatureMap map = in;
  for (const Layer& layer : layers_) {
    const std::string full_name = fmt::format("{}.{}", name, layer.name);
    map = layer.convolution ? add_convolution(cost, full_name, *layer.convolution, map)
                            : layer.pool->add_cost(cost, full_name, map);
  }
  return map;
}

VggClassifier::VggClassifier(std::int64_t classes)
    : first_(
          register_module("0", std::make_shared<torch::nn::LinearImpl>(kLargestWidth * kMapSize * kMapSize, kHidden))),
      second_(register_module("3", std::make_shared<torch::nn::LinearImpl>(kHidden, kHidden))),
      third_(register_module("6", std::make_shared<torch::nn::LinearImpl>(kHidden, classes))) {}

torch::Tensor VggClassifier::hidden_layers(const torch::Tensor& x) const {
  return second_->forward(first_->forward(x).relu()).relu();
}

torch::Tensor VggClassifier::last_layer(const torch::Tensor& x) const { return logits_of(*third_, x); }

std::string VggClassifier::script() const {
  return "def forward(self, x: Tensor) -> Tensor:\n"
         "    x = torch.relu(getattr(self, \"0\").forward(x))\n"
         "    x = torch.relu(getattr(self, \"3\").forward(x))\n"
         "    return getattr(self, \"6\").forward(x)\n";
}

void VggClassifier::add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const {
  FeatureMap map = add_linear(cost, name + ".0", *first_, in);
  map = add_linear(cost, name + ".3", *second_, map);
  add_linear(cost, name + ".6", *third_, map);
}

Vgg::Vgg(const ModelSpec& spec)
    : features_(register_module("features", std::make_shared<VggFeatures>(convolutions_of(spec)))),
      classifier_(register_module("classifier", std::make_shared<VggClassifier>(spec.classes))) {}

torch::Tensor Vgg::forward(const torch::Tensor& images) {
  torch::Tensor x = features_->forward(checked_images(images));
  if (x.size(2) != kMapSize || x.size(3) != kMapSize) x = at::adaptive_avg_pool2d(x, {kMapSize, kMapSize});
  return classifier_->forward(x.flatten(1));
}

RegionShape Vgg::region_shape() const {
  return {.map_stride = 16, .map_channels = kLargestWidth, .grid = kMapSize, .features = kHidden};
}

torch::Tensor Vgg::shared_map(const torch::Tensor& image) {
  return features_->forward_to_last_pool(image.contiguous(at::MemoryFormat::ChannelsLast));
}

torch::Tensor Vgg::region_features(const torch::Tensor& parts) { return classifier_->hidden_layers(parts.flatten(1)); }

torch::Tensor Vgg::region_logits(const torch::Tensor& features) { return classifier_->last_layer(features); }

std::vector<std::string> Vgg::fixed_modules() const {
  std::vector<std::string> names;
  for (const std::string& layer : features_->fixed_layers()) names.push_back("features." + layer);
  return names;
}

// At an image of 224 there is nothing to average, and an exported net, of fixed size, then has no such layer.
std::string Vgg::script() const {
  return fmt::format(
      "def forward(self, images: Tensor) -> Tensor:\n"
      "    x = self.features.forward(images.contiguous(memory_format=2))\n"
      "    if images.size(2) != {1} or images.size(3) != {1}:\n"
      "        x = torch.adaptive_avg_pool2d(x, [{0}, {0}])\n"
      "    return self.classifier.forward(torch.flatten(x, 1))\n",
      kMapSize, image_size(Design::kVgg));
}

ModelCost Vgg::cost(std::int64_t height, std::int64_t width) const {
  ModelCost cost;
  const FeatureMap map = features_->add_cost(cost, "features", {kImageChannels, height, width});
  const FeatureMap pooled{map.channels, kMapSize, kMapSize};
  if (pooled != map) cost.layers.push_back({"avgpool", "average pool", pooled});
  classifier_->add_cost(cost, "classifier", {pooled.channels * kMapSize * kMapSize, 1, 1});
  return cost;
}

}  // namespace resnet

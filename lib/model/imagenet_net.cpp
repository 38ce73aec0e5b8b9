// SPDX-License-Identifier: MIT
#include "model/imagenet_net.hpp"

#include <torch/utils.h>

#include "core/error.hpp"
#include "model/bottleneck_block.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kFirstWidth = 64;

// What detection cuts: conv2_x is the first stage and is fixed; conv4_x ends the shared map, conv5_x is the regions'.
constexpr std::size_t kConv2 = 1;
constexpr std::size_t kConv4 = 3;
constexpr std::size_t kConv5 = 4;

StageLayout layout_of(const ModelSpec& spec) {
  check_spec(spec);
  require(spec.design == Design::kImageNet, "{}: is no ImageNet net", model_name(spec));
  return {.kernel = 7,
          .stride = 2,
          .width = kFirstWidth,
          .pool = std::make_shared<MaxPool>(/*kernel=*/3, /*stride=*/2, /*padding=*/1),
          .blocks = imagenet_blocks(spec.depth)};
}

}  // namespace

std::vector<std::int64_t> imagenet_blocks(std::int64_t depth) {
  switch (depth) {
    case 18:
      return {2, 2, 2, 2};
    case 34:
    case 50:
      return {3, 4, 6, 3};
    case 101:
      return {3, 4, 23, 3};
    case 152:
      return {3, 8, 36, 3};
    default:
      fail("{}: no ImageNet net has so many layers, expected 18, 34, 50, 101 or 152", depth);
  }
}

ImageNetNet::ImageNetNet(const ModelSpec& spec)
    : StagedNet(spec, layout_of(spec)), expansion_(has_bottlenecks(spec) ? BottleneckBlock::kExpansion : 1) {}

// conv5_x halves the grid of 14 to the 7 x 7 that it has in classification.
RegionShape ImageNetNet::region_shape() const {
  return {.map_stride = 16,
          .map_channels = expansion_ * (kFirstWidth << (kConv4 - 1)),
          .grid = 14,
          .features = expansion_ * (kFirstWidth << (kConv5 - 1))};
}

torch::Tensor ImageNetNet::shared_map(const torch::Tensor& image) {
  const auto fixed = [&] {
    const torch::NoGradGuard no_gradient;
    return stages(first_layers(image), kConv2, kConv2);
  };
  return stages(fixed(), kConv2 + 1, kConv4).to_layers;
}

torch::Tensor ImageNetNet::region_features(const torch::Tensor& parts) {
  return average(stages(Activation(parts), kConv5, kConv5));
}

torch::Tensor ImageNetNet::region_logits(const torch::Tensor& features) { return last_layer(features); }

std::vector<std::string> ImageNetNet::fixed_modules() const { return {"conv1", "bn1", "layer1"}; }

}  // namespace resnet

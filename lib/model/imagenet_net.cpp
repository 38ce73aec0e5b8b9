// SPDX-License-Identifier: MIT
#include "model/imagenet_net.hpp"

#include "core/error.hpp"

namespace resnet {
namespace {

StageLayout layout_of(const ModelSpec& spec) {
  check_spec(spec);
  require(spec.design == Design::kImageNet, "{}: is no ImageNet net", model_name(spec));
  return {.kernel = 7,
          .stride = 2,
          .width = 64,
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

ImageNetNet::ImageNetNet(const ModelSpec& spec) : StagedNet(spec, layout_of(spec)) {}

}  // namespace resnet

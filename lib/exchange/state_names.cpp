// SPDX-License-Identifier: MIT
#include "exchange/state_names.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/imagenet_depths.hpp"
#include "model/imagenet_net.hpp"

namespace resnet {
namespace {

bool has_below(const StateNames& names, const std::string& module) {
  const auto found = names.lower_bound(module);
  return found != names.end() && found->starts_with(module);
}

std::vector<std::int64_t> blocks_in(const StateNames& names) {
  std::vector<std::int64_t> blocks;
  for (int stage = 1; has_below(names, fmt::format("layer{}.0.", stage)); ++stage) {
    std::int64_t count = 1;
    while (has_below(names, fmt::format("layer{}.{}.", stage, count))) ++count;
    blocks.push_back(count);
  }
  return blocks;
}

}  // namespace

std::string_view anchor_name(Design design) {
  return design == Design::kVgg ? "features.0.weight" : "layer1.0.conv1.weight";
}

Shortcut shortcut_by_names(const StateNames& names, const ModelSpec& spec) {
  if (spec.family == Family::kPlain) return Shortcut::kZeroPadding;
  // Under B projects the first block of each stage in which dimensions grow. Those of a bottleneck net grow in the
  // first stage too: there only its second block tells C from B.
  if (has_below(names, has_bottlenecks(spec) ? "layer1.1.downsample." : "layer1.0.downsample.")) {
    return Shortcut::kProjectionEverywhere;
  }
  return has_below(names, "layer2.0.downsample.") ? Shortcut::kProjectionWhereNeeded : Shortcut::kZeroPadding;
}

std::optional<ModelSpec> net_by_names(const StateNames& names, Family family) {
  const std::vector<std::int64_t> blocks = blocks_in(names);
  ModelSpec spec{.family = family};
  if (blocks.size() == 3) {
    spec.depth = 6 * blocks.front() + 2;
  } else if (blocks.size() == 4) {
    spec.design = Design::kImageNet;
    const bool has_three_layers = has_below(names, "layer1.0.conv3.");
    const auto has_these_blocks = [&](std::int64_t depth) {
      spec.depth = depth;
      return imagenet_blocks(depth) == blocks && has_bottlenecks(spec) == has_three_layers;
    };
    if (std::ranges::none_of(kImageNetDepths, has_these_blocks)) return std::nullopt;
  } else {
    return std::nullopt;
  }
  spec.shortcut = shortcut_by_names(names, {.design = spec.design, .family = Family::kResidual, .depth = spec.depth});
  if (spec.shortcut != Shortcut::kZeroPadding) spec.family = Family::kResidual;
  return spec;
}

std::int64_t classes_of(const std::vector<std::int64_t>& last_weight, const ModelSpec& spec) {
  return last_weight.size() == 2 && last_weight[1] == last_layer(spec).width ? last_weight[0] : spec.classes;
}

BottleneckStride stride_of_others(const ModelSpec& spec) {
  return has_bottlenecks(spec) ? BottleneckStride::k3x3 : BottleneckStride::k1x1;
}

}  // namespace resnet

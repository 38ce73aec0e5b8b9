// SPDX-License-Identifier: MIT
#include "model/staged_net.hpp"

#include <fmt/format.h>
#include <torch/nn/modules/container/modulelist.h>

#include "model/bottleneck_block.hpp"
#include "model/conv_norm.hpp"
#include "model/convolution.hpp"
#include "model/plain_block.hpp"
#include "model/recompute.hpp"
#include "model/residual_block.hpp"

namespace resnet {
namespace {

/// Channels that leave a block whose 3x3 layers have this width.
std::int64_t block_output(const ModelSpec& spec, std::int64_t width) {
  return has_bottlenecks(spec) ? BottleneckBlock::kExpansion * width : width;
}

std::shared_ptr<Block> make_block(const ModelSpec& spec, std::int64_t in, std::int64_t width, std::int64_t stride) {
  if (has_bottlenecks(spec)) return std::make_shared<BottleneckBlock>(in, width, stride, spec);
  if (spec.family == Family::kPlain) return std::make_shared<PlainBlock>(in, width, stride, spec.bn_batch);
  return std::make_shared<ResidualBlock>(in, width, stride, spec);
}

}  // namespace

StagedNet::StagedNet(const ModelSpec& spec, const StageLayout& layout) : stages_(layout.blocks.size()) {
  conv1_ = register_module("conv1", make_convolution(kImageChannels, layout.width, layout.kernel, layout.stride));
  bn1_ = register_module("bn1", std::make_shared<BatchNorm>(layout.width, spec.bn_batch));
  if (layout.pool) maxpool_ = register_module("maxpool", layout.pool);
  std::int64_t channels = layout.width;
  for (std::size_t stage = 0; stage < stages_; ++stage) {
    const std::string stage_name = fmt::format("layer{}", stage + 1);
    auto list = register_module(stage_name, torch::nn::ModuleList());
    const std::int64_t width = layout.width << stage;
    for (std::int64_t i = 0; i < layout.blocks[stage]; ++i) {
      const std::int64_t stride = stage > 0 && i == 0 ? 2 : 1;
      auto block = make_block(spec, channels, width, stride);
      list->push_back(block);
      blocks_.push_back({stage + 1, fmt::format("{}.{}", stage_name, i), block});
      channels = block_output(spec, width);
    }
  }
  fc_ = register_module("fc", std::make_shared<torch::nn::LinearImpl>(channels, spec.classes));
}

torch::Tensor StagedNet::forward(const torch::Tensor& images) {
  return last_layer(average(stages(first_layers(images), 1, stages_)));
}

Activation StagedNet::first_layers(const torch::Tensor& images) {
  const Activation x = convolve_norm_relu(*conv1_, *bn1_, checked_images(images));
  return maxpool_ ? Activation(maxpool_->forward(x.to_layers)) : x;
}

Activation StagedNet::stages(Activation x, std::size_t first, std::size_t last) {
  for (const StagedBlock& each : blocks_) {
    if (each.stage < first || each.stage > last) continue;
    x = recomputes_blocks() ? forward_recomputed(each.block, x) : each.block->forward(x);
  }
  return x;
}

torch::Tensor StagedNet::last_layer(const torch::Tensor& features) { return logits_of(*fc_, features); }

std::string StagedNet::script() const {
  std::string script =
      "def forward(self, images: Tensor) -> Tensor:\n"
      "    x = images.contiguous(memory_format=2)\n"
      "    x = torch.relu(self.bn1.forward(self.conv1.forward(x)))\n";
  if (maxpool_) script += "    x = self.maxpool.forward(x)\n";
  for (std::size_t stage = 1; stage <= stages_; ++stage) {
    script += fmt::format("    x = self.layer{}.forward(x)\n", stage);
  }
  return script + "    return self.fc.forward(x.mean([2, 3]))\n";
}

ModelCost StagedNet::cost(std::int64_t height, std::int64_t width) const {
  ModelCost cost;
  FeatureMap map = add_convolution(cost, "conv1", *conv1_, {kImageChannels, height, width});
  map = add_batch_norm(cost, "bn1", *bn1_, map);
  if (maxpool_) map = maxpool_->add_cost(cost, "maxpool", map);
  for (const StagedBlock& each : blocks_) map = each.block->add_cost(cost, each.name, map);
  map = {map.channels, 1, 1};
  cost.layers.push_back({"avgpool", "average pool", map});
  add_linear(cost, "fc", *fc_, map);
  return cost;
}

}  // namespace resnet

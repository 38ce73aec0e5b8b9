// SPDX-License-Identifier: MIT
#include "model/cifar_net.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/nn/modules/container/modulelist.h>

#include "core/error.hpp"
#include "model/conv_norm.hpp"
#include "model/convolution.hpp"
#include "model/plain_block.hpp"
#include "model/recompute.hpp"
#include "model/residual_block.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kImageChannels = 3;
constexpr std::int64_t kFirstWidth = 16;
constexpr int kStages = 3;

std::shared_ptr<Block> make_block(const ModelSpec& spec, std::int64_t in, std::int64_t out, std::int64_t stride) {
  if (spec.family == Family::kPlain) return std::make_shared<PlainBlock>(in, out, stride, spec.bn_batch);
  return std::make_shared<ResidualBlock>(in, out, stride, spec);
}

}  // namespace

CifarNet::CifarNet(const ModelSpec& spec) {
  check_spec(spec);
  const std::int64_t blocks_per_stage = (spec.depth - 2) / 6;

  conv1_ = register_module("conv1", make_convolution(kImageChannels, kFirstWidth, /*kernel=*/3, /*stride=*/1));
  bn1_ = register_module("bn1", std::make_shared<BatchNorm>(kFirstWidth, spec.bn_batch));
  std::int64_t width = kFirstWidth;
  for (int stage = 1; stage <= kStages; ++stage) {
    const std::string stage_name = fmt::format("layer{}", stage);
    auto list = register_module(stage_name, torch::nn::ModuleList());
    const std::int64_t stage_width = kFirstWidth << (stage - 1);
    for (std::int64_t i = 0; i < blocks_per_stage; ++i) {
      const std::int64_t stride = stage > 1 && i == 0 ? 2 : 1;
      auto block = make_block(spec, width, stage_width, stride);
      list->push_back(block);
      blocks_.emplace_back(fmt::format("{}.{}", stage_name, i), block);
      width = stage_width;
    }
  }
  fc_ = register_module("fc", std::make_shared<torch::nn::LinearImpl>(width, spec.classes));
}

torch::Tensor CifarNet::forward(const torch::Tensor& images) {
  require(images.dim() == 4 && images.size(1) == kImageChannels, "net: the images are [{}], expected [N, {}, H, W]",
          fmt::join(images.sizes(), ", "), kImageChannels);
  Activation x = convolve_norm_relu(*conv1_, *bn1_, images.contiguous(at::MemoryFormat::ChannelsLast));
  for (const auto& [name, block] : blocks_) {
    x = recomputes_blocks() && is_training() ? forward_recomputed(block, x) : block->forward(x);
  }
  return fc_->forward(x.to_layers.mean({2, 3})).to(fc_->weight.scalar_type());  // under autocast it is bfloat16
}

std::string CifarNet::script() const {
  return "def forward(self, images: Tensor) -> Tensor:\n"
         "    x = images.contiguous(memory_format=2)\n"
         "    x = torch.relu(self.bn1.forward(self.conv1.forward(x)))\n"
         "    x = self.layer1.forward(x)\n"
         "    x = self.layer2.forward(x)\n"
         "    x = self.layer3.forward(x)\n"
         "    return self.fc.forward(x.mean([2, 3]))\n";
}

ModelCost CifarNet::cost(std::int64_t height, std::int64_t width) const {
  ModelCost cost;
  FeatureMap map = add_convolution(cost, "conv1", *conv1_, {kImageChannels, height, width});
  map = add_batch_norm(cost, "bn1", *bn1_, map);
  for (const auto& [name, block] : blocks_) map = block->add_cost(cost, name, map);
  map = {map.channels, 1, 1};
  cost.layers.push_back({"avgpool", "average pool", map});
  add_linear(cost, "fc", *fc_, map);
  return cost;
}

}  // namespace resnet

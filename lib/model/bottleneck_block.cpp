// SPDX-License-Identifier: MIT
#include "model/bottleneck_block.hpp"

#include "model/conv_norm.hpp"
#include "model/convolution.hpp"

namespace resnet {
namespace {

/// The stride that a layer of this kernel has in a block of this stride.
std::int64_t stride_of(BottleneckStride kernel, std::int64_t stride, const ModelSpec& spec) {
  return spec.bottleneck_stride == kernel ? stride : 1;
}

}  // namespace

BottleneckBlock::BottleneckBlock(std::int64_t in, std::int64_t width, std::int64_t stride, const ModelSpec& spec)
    : conv1_(register_module(
          "conv1", make_convolution(in, width, /*kernel=*/1, stride_of(BottleneckStride::k1x1, stride, spec)))),
      bn1_(register_module("bn1", std::make_shared<BatchNorm>(width, spec.bn_batch))),
      conv2_(register_module(
          "conv2", make_convolution(width, width, /*kernel=*/3, stride_of(BottleneckStride::k3x3, stride, spec)))),
      bn2_(register_module("bn2", std::make_shared<BatchNorm>(width, spec.bn_batch))),
      conv3_(register_module("conv3", make_convolution(width, kExpansion * width, /*kernel=*/1, /*stride=*/1))),
      bn3_(register_module("bn3", std::make_shared<BatchNorm>(kExpansion * width, spec.bn_batch))),
      shortcut_(register_module("downsample", std::make_shared<ShortcutPath>(in, kExpansion * width, stride, spec))) {}

Activation BottleneckBlock::forward(const Activation& x) {
  const Activation reduced = convolve_norm_relu(*conv1_, *bn1_, x.to_layers);
  const Activation hidden = convolve_norm_relu(*conv2_, *bn2_, reduced.to_layers);
  return convolve_norm_relu(*conv3_, *bn3_, hidden.to_layers, shortcut_->forward(x.to_shortcut));
}

std::string BottleneckBlock::script() const {
  return "def forward(self, x: Tensor) -> Tensor:\n"
         "    y = torch.relu(self.bn1.forward(self.conv1.forward(x)))\n"
         "    y = torch.relu(self.bn2.forward(self.conv2.forward(y)))\n"
         "    y = self.bn3.forward(self.conv3.forward(y))\n"
         "    return torch.relu(y + self.downsample.forward(x))\n";
}

FeatureMap BottleneckBlock::add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const {
  FeatureMap map = add_convolution(cost, name + ".conv1", *conv1_, in);
  map = add_batch_norm(cost, name + ".bn1", *bn1_, map);
  map = add_convolution(cost, name + ".conv2", *conv2_, map);
  map = add_batch_norm(cost, name + ".bn2", *bn2_, map);
  map = add_convolution(cost, name + ".conv3", *conv3_, map);
  map = add_batch_norm(cost, name + ".bn3", *bn3_, map);
  shortcut_->add_cost(cost, name + ".downsample", in);
  return map;
}

}  // namespace resnet

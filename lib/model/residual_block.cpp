// SPDX-License-Identifier: MIT
#include "model/residual_block.hpp"

#include "model/conv_norm.hpp"
#include "model/convolution.hpp"

namespace resnet {

ResidualBlock::ResidualBlock(std::int64_t in, std::int64_t out, std::int64_t stride, const ModelSpec& spec)
    : conv1_(register_module("conv1", make_convolution(in, out, /*kernel=*/3, stride))),
      bn1_(register_module("bn1", std::make_shared<BatchNorm>(out, spec.bn_batch))),
      conv2_(register_module("conv2", make_convolution(out, out, /*kernel=*/3, /*stride=*/1))),
      bn2_(register_module("bn2", std::make_shared<BatchNorm>(out, spec.bn_batch))),
      shortcut_(register_module("downsample", std::make_shared<ShortcutPath>(in, out, stride, spec))) {}

Activation ResidualBlock::forward(const Activation& x) {
  const Activation hidden = convolve_norm_relu(*conv1_, *bn1_, x.to_layers);
  return convolve_norm_relu(*conv2_, *bn2_, hidden.to_layers, shortcut_->forward(x.to_shortcut));
}

std::string ResidualBlock::script() const {
  return "def forward(self, x: Tensor) -> Tensor:\n"
         "    y = torch.relu(self.bn1.forward(self.conv1.forward(x)))\n"
         "    y = self.bn2.forward(self.conv2.forward(y))\n"
         "    return torch.relu(y + self.downsample.forward(x))\n";
}

FeatureMap ResidualBlock::add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const {
  FeatureMap map = add_convolution(cost, name + ".conv1", *conv1_, in);
  map = add_batch_norm(cost, name + ".bn1", *bn1_, map);
  map = add_convolution(cost, name + ".conv2", *conv2_, map);
  map = add_batch_norm(cost, name + ".bn2", *bn2_, map);
  shortcut_->add_cost(cost, name + ".downsample", in);
  return map;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "model/plain_block.hpp"

#include "model/conv_norm.hpp"
#include "model/convolution.hpp"

namespace resnet {

PlainBlock::PlainBlock(std::int64_t in, std::int64_t out, std::int64_t stride, std::int64_t bn_batch)
    : conv1_(register_module("conv1", make_convolution(in, out, /*kernel=*/3, stride))),
      bn1_(register_module("bn1", std::make_shared<BatchNorm>(out, bn_batch))),
      conv2_(register_module("conv2", make_convolution(out, out, /*kernel=*/3, /*stride=*/1))),
      bn2_(register_module("bn2", std::make_shared<BatchNorm>(out, bn_batch))) {}

Activation PlainBlock::forward(const Activation& x) {
  const Activation hidden = convolve_norm_relu(*conv1_, *bn1_, x.to_layers);
  return convolve_norm_relu(*conv2_, *bn2_, hidden.to_layers);
}

std::string PlainBlock::script() const {
  return "def forward(self, x: Tensor) -> Tensor:\n"
         "    y = torch.relu(self.bn1.forward(self.conv1.forward(x)))\n"
         "    return torch.relu(self.bn2.forward(self.conv2.forward(y)))\n";
}

FeatureMap PlainBlock::add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const {
  FeatureMap map = add_convolution(cost, name + ".conv1", *conv1_, in);
  map = add_batch_norm(cost, name + ".bn1", *bn1_, map);
  map = add_convolution(cost, name + ".conv2", *conv2_, map);
  return add_batch_norm(cost, name + ".bn2", *bn2_, map);
}

}  // namespace resnet

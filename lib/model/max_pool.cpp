// SPDX-License-Identifier: MIT
#include "model/max_pool.hpp"

#include <fmt/format.h>

#include "tensor/max_pool.hpp"

namespace resnet {

torch::Tensor MaxPool::forward(const torch::Tensor& x) const {
  return max_pool(x, {.kernel = kernel_, .stride = stride_, .padding = padding_});
}

std::string MaxPool::script() const {
  return fmt::format(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "    return torch.max_pool2d(x, [{0}, {0}], [{1}, {1}], [{2}, {2}])\n",
      kernel_, stride_, padding_);
}

FeatureMap MaxPool::add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const {
  const auto pooled = [&](std::int64_t extent) { return (extent + 2 * padding_ - kernel_) / stride_ + 1; };
  const FeatureMap out{in.channels, pooled(in.height), pooled(in.width)};
  cost.layers.push_back({name, "max pool", out});
  return out;
}

}  // namespace resnet

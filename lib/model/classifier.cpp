// SPDX-License-Identifier: MIT
#include "model/classifier.hpp"

#include <fmt/ranges.h>

#include "core/error.hpp"

namespace resnet {

torch::Tensor checked_images(const torch::Tensor& images) {
  require(images.dim() == 4 && images.size(1) == kImageChannels, "net: the images are [{}], expected [N, {}, H, W]",
          fmt::join(images.sizes(), ", "), kImageChannels);
  return images.contiguous(at::MemoryFormat::ChannelsLast);
}

torch::Tensor logits_of(torch::nn::LinearImpl& layer, const torch::Tensor& x) {
  return layer.forward(x).to(layer.weight.scalar_type());  // under autocast it is bfloat16
}

}  // namespace resnet

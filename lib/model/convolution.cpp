// SPDX-License-Identifier: MIT
#include "model/convolution.hpp"

#include "tensor/convolve.hpp"

namespace resnet {

std::shared_ptr<torch::nn::Conv2dImpl> make_convolution(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                                        std::int64_t stride) {
  return std::make_shared<torch::nn::Conv2dImpl>(
      torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}

torch::Tensor convolve(const torch::nn::Conv2dImpl& layer, const torch::Tensor& x) {
  return convolve(x, layer.weight, layer.options.stride()->at(0));
}

}  // namespace resnet

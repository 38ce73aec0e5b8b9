// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/modules/conv.h>
#include <torch/types.h>

#include <cstdint>
#include <memory>

namespace resnet {

/// A square convolution without bias that keeps the map's size at stride 1 and halves it, rounded up, at stride 2.
///
/// Differs  The paper's formulas omit biases: here the layers have none, as the shift of the batch norm behind is one.
std::shared_ptr<torch::nn::Conv2dImpl> make_convolution(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                                        std::int64_t stride);

/// What the layer makes of x, by our kernels where they fit: see tensor/convolve.hpp.
torch::Tensor convolve(const torch::nn::Conv2dImpl& layer, const torch::Tensor& x);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/modules/conv.h>
#include <torch/types.h>

#include <optional>

#include "model/batch_norm.hpp"
#include "tensor/norm_relu.hpp"

namespace resnet {

/// A convolution and the batch norm right after it: norm.forward(convolve(layer, x)).
///
/// In evaluation mode, where no gradient is asked for, the normalisation by running statistics is folded into the
/// weights, and with the sum and the ReLU becomes part of the convolution: the same numbers within rounding. Not under
/// Kernels::kEager, and not under a LayerProbe.
torch::Tensor convolve_norm(const torch::nn::Conv2dImpl& layer, BatchNorm& norm, const torch::Tensor& x);

/// The same with what follows it: relu(convolve_norm(x)), or relu(convolve_norm(x) + residual).
Activation convolve_norm_relu(const torch::nn::Conv2dImpl& layer, BatchNorm& norm, const torch::Tensor& x,
                              const std::optional<torch::Tensor>& residual = std::nullopt);

}  // namespace resnet

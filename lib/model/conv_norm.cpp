// SPDX-License-Identifier: MIT
#include "model/conv_norm.hpp"

#include <ATen/Functions.h>

#include "model/convolution.hpp"
#include "model/layer_probe.hpp"
#include "tensor/convolve.hpp"
#include "tensor/kernel_choice.hpp"

namespace resnet {
namespace {

bool is_folded(const BatchNorm& norm) {
  return kernels() == Kernels::kFast && !norm.is_training() && !at::GradMode::is_enabled();
}

/// The way through a layer that is looked at: its response stands alone for a moment.
torch::Tensor probed(const LayerProbe& probe, const torch::nn::Conv2dImpl& layer, BatchNorm& norm,
                     const torch::Tensor& x) {
  const torch::Tensor response = norm.forward(convolve(layer, x));
  probe.tell(norm, response);
  return response;
}

torch::Tensor convolve_folded(const torch::nn::Conv2dImpl& layer, const BatchNorm& norm, const torch::Tensor& x,
                              const std::optional<torch::Tensor>& residual, bool has_relu) {
  // In double: a running variance near zero makes large factors, and there are few of them.
  const torch::Tensor scale =
      norm.weight.to(at::kDouble).mul(norm.running_var.to(at::kDouble).add(BatchNorm::kEpsilon).rsqrt());
  const torch::Tensor shift =
      at::addcmul(norm.bias.to(at::kDouble), norm.running_mean.to(at::kDouble), scale, /*value=*/-1);
  const auto type = layer.weight.scalar_type();
  return convolve_and_finish(x, layer.weight.mul(scale.to(type).view({-1, 1, 1, 1})), layer.options.stride()->at(0),
                             {shift.to(type), residual, has_relu});
}

}  // namespace

torch::Tensor convolve_norm(const torch::nn::Conv2dImpl& layer, BatchNorm& norm, const torch::Tensor& x) {
  if (const LayerProbe* probe = LayerProbe::current()) return probed(*probe, layer, norm, x);
  if (is_folded(norm)) return convolve_folded(layer, norm, x, std::nullopt, /*has_relu=*/false);
  return norm.forward(convolve(layer, x));
}

Activation convolve_norm_relu(const torch::nn::Conv2dImpl& layer, BatchNorm& norm, const torch::Tensor& x,
                              const std::optional<torch::Tensor>& residual) {
  if (const LayerProbe* probe = LayerProbe::current()) {
    const torch::Tensor response = probed(*probe, layer, norm, x);
    return Activation((residual ? response + *residual : response).relu());
  }
  if (is_folded(norm)) return Activation(convolve_folded(layer, norm, x, residual, /*has_relu=*/true));
  return norm.forward_relu(convolve(layer, x), residual);
}

}  // namespace resnet

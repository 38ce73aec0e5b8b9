// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/conv.h>
#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "model/batch_norm.hpp"
#include "model/cost.hpp"
#include "model/model_spec.hpp"
#include "model/scripted.hpp"

namespace resnet {

/// The path around one residual block: x itself, or x made to fit.
///
/// A projection's convolution is named "0" and its batch norm "1", as in torchvision's `downsample`.
///
/// Paper    Section 3.2, Eqn. (1) identity and Eqn. (2) projection; Section 3.3, options A and B; Table 3, option C.
/// Shapes   x [N, in, H, W] -> [N, out, ceil(H / stride), ceil(W / stride)], in x's memory format.
/// Throws   Error if in, out or stride is below 1, or if option A would have to drop channels.
/// Differs  The paper does not say where option A's zero channels go: see ShortcutPadding. Nor does it say whether a
///          projection is normalised: here batch norm follows it, as it follows every convolution.
class ShortcutPath : public torch::nn::Module, public Scripted {
 public:
  ShortcutPath(std::int64_t in, std::int64_t out, std::int64_t stride, const ModelSpec& spec);

  torch::Tensor forward(const torch::Tensor& x);
  std::string script() const override;
  FeatureMap add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const;

 private:
  bool is_identity() const { return in_ == out_ && stride_ == 1; }
  std::int64_t zeros_before() const { return padding_ == ShortcutPadding::kSymmetric ? (out_ - in_) / 2 : 0; }
  std::int64_t zeros_after() const { return out_ - in_ - zeros_before(); }

  std::int64_t in_;
  std::int64_t out_;
  std::int64_t stride_;
  ShortcutPadding padding_;
  std::shared_ptr<torch::nn::Conv2dImpl> projection_;  // null under option A, and B where x fits
  std::shared_ptr<BatchNorm> norm_;
};

}  // namespace resnet

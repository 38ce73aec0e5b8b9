// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "model/scripted.hpp"
#include "tensor/norm_relu.hpp"

namespace resnet {

/// Batch normalisation of a feature map, with the state names of PyTorch's BatchNorm2d.
///
/// Paper    Section 3.4: right after each convolution and before the activation.
/// Shapes   x [N, channels, H, W] -> the same, in x's memory format.
/// Throws   As normalise in tensor/norm_relu.hpp, with groups of `bn_batch`; a batch that is refused moves no state.
/// Differs  The paper gives neither epsilon nor momentum: here 1e-5, and running statistics that move by 0.1 a step, as
///          is usual. On the authors' two GPUs each half of the batch was normalised by itself: `bn_batch` 64 does that
///          (consecutive groups, which update the running statistics one after the other); 0 takes the batch as one.
class BatchNorm : public torch::nn::Module, public Scripted {
 public:
  static constexpr double kEpsilon = 1e-5;
  static constexpr double kMomentum = 0.1;

  BatchNorm(std::int64_t channels, std::int64_t bn_batch);

  torch::Tensor forward(const torch::Tensor& x);

  /// With what follows it in a net: relu(forward(x)), or relu(forward(x) + residual).
  Activation forward_relu(const torch::Tensor& x, const std::optional<torch::Tensor>& residual = std::nullopt);

  std::string script() const override;

  /// As a module's, but for the count of batches, which stays a whole number, as the other programs that read it take
  /// it to be.
  void to(torch::Device device, torch::Dtype dtype, bool non_blocking = false) override;
  void to(torch::Dtype dtype, bool non_blocking = false) override;
  using torch::nn::Module::to;

  torch::Tensor weight;
  torch::Tensor bias;
  torch::Tensor running_mean;
  torch::Tensor running_var;
  torch::Tensor num_batches_tracked;

  /// By how much a step moves the running statistics; at 1 they are those of the last group alone.
  double momentum = kMomentum;

 private:
  NormParameters norm_parameters() const;
  void count_batches(std::int64_t images);

  std::int64_t bn_batch_;
};

}  // namespace resnet

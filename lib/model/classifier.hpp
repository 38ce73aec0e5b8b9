// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include <cstdint>

#include "model/cost.hpp"

namespace resnet {

/// A net that gives every image one score per class.
///
/// Softmax and the loss are left to the caller. Evaluation and training mode are LibTorch's `eval()` and `train()`.
class Classifier : public torch::nn::Module {
 public:
  /// Shapes   images [N, 3, H, W] -> logits [N, classes], in the dtype and on the device of the weights.
  /// Throws   Error if the images have another rank or number of channels.
  virtual torch::Tensor forward(const torch::Tensor& images) = 0;

  /// What the net costs on one image of this size.
  virtual ModelCost cost(std::int64_t height, std::int64_t width) const = 0;

  /// Whether training keeps only what enters a block, and computes the block once more in the backward pass: a third
  /// more time for a fraction of the memory, and the same numbers. See model/recompute.hpp.
  void recompute_blocks(bool recomputes) { recomputes_blocks_ = recomputes; }

 protected:
  bool recomputes_blocks() const { return recomputes_blocks_; }

 private:
  bool recomputes_blocks_ = false;
};

/// Red, green and blue.
inline constexpr std::int64_t kImageChannels = 3;

/// The images as a net's first layer takes them: channels-last. Throws Error unless they are [N, 3, H, W].
torch::Tensor checked_images(const torch::Tensor& images);

/// What a net's last layer makes of x, in the dtype of the weights under autocast too.
torch::Tensor logits_of(torch::nn::LinearImpl& layer, const torch::Tensor& x);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "model/block.hpp"

namespace resnet {

/// block->forward(x) for training, of which only x is kept: the backward pass runs the block once more.
///
/// Costs a third more time, and the memory of one block instead of all. Changes no number: the second run sees the same
/// batch, and the running statistics move once.
///
/// Shapes   As the block's. Where x needs no gradient, a part of the block is in evaluation mode, or a trace is made, the
///          block runs as ever, and keeps what it needs.
/// Throws   Error, in a backward pass that makes a graph of its own, or after the block's mode, its weights or the
///          choice of kernels changed.
///
/// For `backward()`, once: the block's parameters get their gradients there and then, and `torch::autograd::grad` does
/// not see them.
Activation forward_recomputed(const std::shared_ptr<Block>& block, const Activation& x);

}  // namespace resnet

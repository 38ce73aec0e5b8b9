// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace resnet {

/// A map on its way to two readers: the next layers, and the shortcut around them.
///
/// Both are the same numbers in the same memory. To the graph of gradients they are two outputs of one operation, which
/// so gets both gradients and adds them in a pass that it makes anyway. Where one reader needs the map twice, or it
/// does not come from normalise_relu, autograd adds as usual.
struct Activation {
  explicit Activation(const at::Tensor& map) : to_layers(map), to_shortcut(map) {}
  Activation(const at::Tensor& layers, const at::Tensor& shortcut) : to_layers(layers), to_shortcut(shortcut) {}

  at::Tensor to_layers;
  at::Tensor to_shortcut;
};

/// What batch normalisation needs besides its input.
struct NormParameters {
  enum class Statistics { kOfBatch, kRunning };  // in training mode, and in evaluation mode

  at::Tensor weight;
  at::Tensor bias;
  at::Tensor running_mean;  // moved by each forward pass under kOfBatch
  at::Tensor running_var;
  Statistics statistics;
  double momentum;
  double epsilon;
  std::int64_t group;  // under kOfBatch, this many images are normalised together; 0: all
};

/// Batch normalisation alone: (x - mean) / sqrt(variance + epsilon) * weight + bias.
///
/// Channels-last maps in float32 or bfloat16 on the CPU, with the parameters in float32, take our kernels; all else,
/// and everything under Kernels::kEager, takes LibTorch's operations, to the same results within rounding. Sums do not
/// depend on the number of threads. Our kernels' gradients cannot be differentiated again.
///
/// Shapes   x [N, C, H, W], parameters [C] -> as x, with its dtype and memory format. N is a multiple of the group.
/// Throws   Error under kOfBatch if N is no multiple of the group, or a channel of a group is a single number, which
///          has no variance; and in a backward pass that makes a graph of its own, if the kernels were ours.
at::Tensor normalise(const at::Tensor& x, const NormParameters& parameters);

/// relu(normalise(x)), or relu(normalise(x) + residual), in one pass over the map.
///
/// Its gradient takes two passes, for which it keeps x, two numbers per channel and, if there is a residual, the
/// result, which the next layer keeps anyway. NaN in x or the residual is NaN in the result.
///
/// Shapes   residual as x.
/// Throws   As normalise.
Activation normalise_relu(const at::Tensor& x, const NormParameters& parameters,
                          const std::optional<at::Tensor>& residual = std::nullopt);

}  // namespace resnet

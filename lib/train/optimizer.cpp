// SPDX-License-Identifier: MIT
#include "train/optimizer.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_sub.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/error.hpp"
#include "kernel/sgd.hpp"
#include "tensor/kernel_choice.hpp"

namespace resnet {
namespace {

using Tensors = std::vector<torch::Tensor>;

/// Whether the numbers of both lie in the same order: a direction of one number has no say in it.
bool lie_alike(const torch::Tensor& a, const torch::Tensor& b) {
  for (std::int64_t i = 0; i < a.dim(); ++i) {
    if (a.size(i) > 1 && a.stride(i) != b.stride(i)) return false;
  }
  return true;
}

bool are_floats_on_cpu(const torch::Tensor& numbers) {
  return numbers.is_cpu() && numbers.layout() == at::kStrided && numbers.scalar_type() == at::kFloat;
}

bool fit_kernel(const Tensors& parameters, const Tensors& velocities, const Tensors& gradients) {
  if (kernels() != Kernels::kFast) return false;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const torch::Tensor& parameter = parameters[i];
    if (!are_floats_on_cpu(parameter) || !are_floats_on_cpu(velocities[i]) || !are_floats_on_cpu(gradients[i]) ||
        !parameter.is_non_overlapping_and_dense() || !lie_alike(parameter, velocities[i])) {
      return false;
    }
  }
  return true;
}

/// A net has a few large parameters and many small ones: the threads share pieces of them all.
void update_in_pieces(const SgdUpdate& update, Tensors& gradients, const Tensors& velocities,
                      const Tensors& parameters) {
  constexpr std::int64_t kPiece = 1 << 16;
  struct Piece {
    const float* gradient;
    float* velocity;
    float* weight;
    std::int64_t count;
  };
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!lie_alike(parameters[i], gradients[i])) gradients[i] = at::empty_like(parameters[i]).copy_(gradients[i]);
    const std::int64_t count = parameters[i].numel();
    for (std::int64_t first = 0; first < count; first += kPiece) {
      pieces.push_back({gradients[i].const_data_ptr<float>() + first, velocities[i].mutable_data_ptr<float>() + first,
                        parameters[i].mutable_data_ptr<float>() + first, std::min(kPiece, count - first)});
    }
  }
  at::parallel_for(0, static_cast<std::int64_t>(pieces.size()), /*grain_size=*/8,
                   [&](std::int64_t first, std::int64_t last) {
                     for (std::int64_t i = first; i < last; ++i) {
                       const Piece& piece = pieces[static_cast<std::size_t>(i)];
                       sgd_update(update, piece.gradient, piece.velocity, piece.weight, piece.count);
                     }
                   });
  // As LibTorch's own operations do: a graph of the former weights then refuses its backward pass.
  for (const torch::Tensor& parameter : parameters) parameter.unsafeGetTensorImpl()->bump_version();
}

}  // namespace

Sgd::Sgd(std::vector<torch::Tensor> parameters, double momentum, double weight_decay)
    : parameters_(std::move(parameters)), momentum_(momentum), weight_decay_(weight_decay) {
  for (const auto& parameter : parameters_) velocities_.push_back(at::zeros_like(parameter.detach()));
}

void Sgd::step(double rate) {
  const torch::NoGradGuard no_gradient;
  std::vector<torch::Tensor> gradients;
  for (const auto& parameter : parameters_) {
    require(parameter.grad().defined(), "the optimizer: a parameter has no gradient; call backward() first");
    gradients.push_back(parameter.grad());
  }
  if (fit_kernel(parameters_, velocities_, gradients)) {
    const SgdUpdate update{static_cast<float>(rate), static_cast<float>(momentum_), static_cast<float>(weight_decay_)};
    return update_in_pieces(update, gradients, velocities_, parameters_);
  }
  gradients = at::_foreach_add(gradients, parameters_, weight_decay_);
  at::_foreach_mul_(velocities_, momentum_);
  at::_foreach_add_(velocities_, gradients, rate);
  at::_foreach_sub_(parameters_, velocities_);
}

}  // namespace resnet

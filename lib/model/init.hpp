// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <cstdint>

namespace resnet {

/// Sets every parameter of a net to its start before training.
///
/// Convolutions, projections and fully-connected layers are drawn from N(0, sqrt(2 / fan_in)), each from its own seed,
/// derive_seed(seed, "init/" + name): a start depends on the seed and the parameter's name alone, so a plain net and
/// its option-A twin start from the same weights.
///
/// Paper    Section 3.4 and reference [12] (He et al. 2015).
/// Differs  The paper does not give the start of biases (0) and of batch norm (weight 1, bias 0).
void initialise(torch::nn::Module& net, std::uint64_t seed);

/// float32 numbers of N(0, deviation), a function of the seed.
torch::Tensor draw_normal(at::IntArrayRef sizes, double deviation, std::uint64_t seed);

}  // namespace resnet

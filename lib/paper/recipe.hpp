// SPDX-License-Identifier: MIT
#pragma once

#include "train/recipe.hpp"

namespace resnet::paper {

/// The recipe for CIFAR-10, with the warm-up where the net is deep enough to need it.
///
/// Paper    Section 4.2.
/// Differs  The paper warms up ResNet-110 alone; here also ResNet-1202 ("trained the same way") and their plain twins.
Recipe cifar_recipe(const ModelSpec& model, std::uint64_t seed);

/// The same on the made-up set, with counts that end in seconds: to see a program work, not a result.
Recipe synthetic_recipe(const ModelSpec& model, std::uint64_t seed);

}  // namespace resnet::paper

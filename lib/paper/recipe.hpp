// SPDX-License-Identifier: MIT
#pragma once

#include "train/recipe.hpp"

namespace resnet::paper {

/// CIFAR-10's images for training.
///
/// Paper    Section 4.2: "50k training images and 10k testing images in 10 classes".
inline constexpr std::int64_t kTrainImages = 50'000;

/// The layers from which on a net warms up.
inline constexpr std::int64_t kWarmupDepth = 110;

/// The recipe for CIFAR-10, with the warm-up where the net is deep enough to need it.
///
/// Paper    Section 4.2.
/// Differs  The paper warms up ResNet-110 alone; here also ResNet-1202 ("trained the same way") and their plain twins.
/// Differs  The paper chose its schedule on 45,000 images and does not say how many the reported nets saw: here all
///          50,000. How often it tested, it does not say either: here every 500 iterations.
Recipe cifar_recipe(const ModelSpec& model, std::uint64_t seed);

/// The same on the made-up set, with counts that end in seconds: to see a program work, not a result.
Recipe synthetic_recipe(const ModelSpec& model, std::uint64_t seed);

}  // namespace resnet::paper

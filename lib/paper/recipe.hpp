// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

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
/// Differs  The paper chose its schedule on 45,000 images, and does not say again how many the reported nets saw: here
///          all 50,000. How often it tested, it does not say either: here every 500 iterations.
Recipe cifar_recipe(const ModelSpec& model, std::uint64_t seed);

/// The same on the made-up set, with counts that end in seconds: to see a program work, not a result.
Recipe synthetic_recipe(const ModelSpec& model, std::uint64_t seed);

/// ImageNet's images and classes.
///
/// Paper    Section 4.1: "1.28 million training images, and evaluated on the 50k validation images", 1000 classes.
inline constexpr std::int64_t kImageNetTrainImages = 1'281'167;
inline constexpr std::int64_t kImageNetValidationImages = 50'000;
inline constexpr std::int64_t kImageNetClasses = 1'000;
inline constexpr std::int64_t kImageNetImageSize = 224;

/// The recipe for ImageNet, or for photographs in other classes or a smaller size: the sides are then in proportion.
///
/// Paper    Section 3.4.
/// Differs  The paper does not say how many images its batch norm saw. The authors had eight processors with 32 images
///          each: so many make a micro-batch here, and the gradient is the mean over all 256.
/// Differs  Nor when an error plateaus: train/plateau.hpp. Here the error is measured every 5,000 iterations, and a
///          plateau is 8 measurements without a gain of 0.2 points; there are at most three of them. The training
///          always lasts the 60e4 iterations of which the paper says "up to".
/// Differs  After training, BN's statistics are taken anew as exact averages, as the authors say of theirs in the notes
///          to their nets; they do not say over how many images: here over 50 batches.
Recipe imagenet_recipe(const ModelSpec& model, std::uint64_t seed, std::int64_t image_size = kImageNetImageSize);

/// The same on made-up photographs of 32 pixels, with counts that end in seconds.
Recipe synthetic_imagenet_recipe(const ModelSpec& model, std::uint64_t seed);

}  // namespace resnet::paper

// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/ATen.h>

#include "core/seed.hpp"
#include "dataset/image_set.hpp"

/// Images of random bytes, as wide as asked so that rows and columns cannot be mixed up, each with its index as label.
inline resnet::ImageSet indexed_images(std::int64_t count, std::int64_t height, std::int64_t width) {
  resnet::ImageSet set{at::empty({count, 3, height, width}, at::kByte), at::arange(count, at::kLong), {}};
  resnet::Random random(static_cast<std::uint64_t>(count));
  auto* bytes = set.images.mutable_data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < set.images.numel(); ++i) bytes[i] = static_cast<std::uint8_t>(random.below(256));
  return set;
}

/// A mean image that is different at every pixel and in every channel.
inline at::Tensor uneven_mean(std::int64_t height, std::int64_t width) {
  return at::linspace(0.1, 0.9, 3 * height * width, at::kFloat).view({3, height, width});
}

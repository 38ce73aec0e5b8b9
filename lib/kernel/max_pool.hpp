// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace resnet {

/// A max pool over a channels-last map: which windows it has.
///
/// Shapes   The map is [images, height, width, channels] without gaps, the result [images, out_height, out_width,
///          channels]; padding is less than the kernel, so that no window is empty, and the kernel at most 15.
struct PoolShape {
  std::int64_t images;
  std::int64_t height;
  std::int64_t width;
  std::int64_t channels;
  std::int64_t kernel;
  std::int64_t stride;
  std::int64_t padding;

  std::int64_t out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  std::int64_t out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
};

/// Writes the rows [first, last) of y, counted through all images: the largest number of each window.
///
/// `taps` gets the place in its window of each number, row * kernel + column: the first of equal ones. NaN counts as
/// larger than any number, and the last of several as the largest, as in LibTorch. `taps` may be null.
template <typename T>
void max_pool(const PoolShape& shape, const T* x, T* y, std::uint8_t* taps, std::int64_t first, std::int64_t last);

/// Writes the rows [first, last) of dx, counted through all images: for each number the sum of dy over the windows in
/// which it was the largest, in float32.
template <typename T>
void max_pool_gradient(const PoolShape& shape, const T* dy, const std::uint8_t* taps, T* dx, std::int64_t first,
                       std::int64_t last);

}  // namespace resnet

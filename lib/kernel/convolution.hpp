// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace resnet {

/// A 3x3 convolution of stride 1 and padding 1, as kernel/winograd.hpp and kernel/amx_gradient.hpp compute it.
///
/// Shapes   Maps are [images, height, width, channels] without gaps: x has `in` channels, y and dy have `out`. Both are
///          multiples of 16; height and width are at least 1, and images may be 0.
struct ConvolutionShape {
  std::int64_t images;
  std::int64_t height;
  std::int64_t width;
  std::int64_t in;
  std::int64_t out;
};

/// How many floats lie between neighbours in each direction of the weights [out, in, 3, 3].
struct WeightStrides {
  std::int64_t out;
  std::int64_t in;
  std::int64_t row;
  std::int64_t column;
};

inline constexpr std::int64_t kTaps = 9;  // of the weights, 3x3

}  // namespace resnet

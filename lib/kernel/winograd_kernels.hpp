// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "kernel/winograd.hpp"

namespace resnet {

inline constexpr std::int64_t kPositions = 16;  // of a transformed tile, 4x4

/// Whether what belongs to all pairs of channels, 16 numbers each, has no room in the L2 cache.
inline bool is_wide(const ConvolutionShape& shape) { return shape.in * shape.out >= 128 * 128; }

/// Into how many chunks of tiles the sums of the weights' gradient fall: a power of two, which threads can share
/// evenly, and of so many tiles each that adding up the sums costs little.
inline std::int64_t gradient_chunks(const ConvolutionShape& shape) {
  const std::int64_t tiles = shape.images * ((shape.height + 1) / 2) * ((shape.width + 1) / 2);
  const std::int64_t least = is_wide(shape) ? 768 : 96;
  return static_cast<std::int64_t>(std::bit_floor(std::clamp<std::uint64_t>(tiles / least, 1, 32)));
}

/// The kernels of kernel/winograd.hpp for maps of T as one instruction set has them, or null; for winograd.cpp alone.
template <typename T>
struct WinogradKernels {
  void (*transform_weights)(const ConvolutionShape&, const float*, const WeightStrides&, T*, std::int64_t,
                            std::int64_t);
  void (*convolve)(const ConvolutionShape&, const T*, const T*, const WinogradFinish<T>&, T*, std::int64_t,
                   std::int64_t);
};

/// And those of winograd_gradient.cpp, for it alone.
template <typename T>
struct WinogradGradientKernels {
  void (*sums)(const ConvolutionShape&, const T*, const T*, float*, std::int64_t, std::int64_t);
};

}  // namespace resnet

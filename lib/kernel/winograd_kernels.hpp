// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "kernel/winograd.hpp"

namespace resnet {

inline constexpr std::int64_t kPositions = 16;  // of a transformed tile, 4x4
inline constexpr std::int64_t kTaps = 9;        // of the weights, 3x3

/// Whether what belongs to all pairs of channels, 16 numbers each, has no room in the L2 cache.
inline bool is_wide(const WinogradShape& shape) { return shape.in * shape.out >= 128 * 128; }

/// Into how many chunks of tiles the sums of the weights' gradient fall: a power of two, which threads can share
/// evenly, and of so many tiles each that adding up the sums costs little.
inline std::int64_t gradient_chunks(const WinogradShape& shape) {
  const std::int64_t tiles = shape.images * ((shape.height + 1) / 2) * ((shape.width + 1) / 2);
  const std::int64_t least = is_wide(shape) ? 768 : 96;
  return static_cast<std::int64_t>(std::bit_floor(std::clamp<std::uint64_t>(tiles / least, 1, 32)));
}

/// The kernels of kernel/winograd.hpp for maps of T as one instruction set has them, or null; for winograd.cpp alone.
template <typename T>
struct WinogradKernels {
  void (*transform_weights)(const WinogradShape&, const float*, const WeightStrides&, T*, std::int64_t, std::int64_t);
  void (*convolve)(const WinogradShape&, const T*, const T*, const WinogradFinish<T>&, T*, std::int64_t, std::int64_t);
};

/// And those of winograd_gradient.cpp, for it alone.
template <typename T>
struct WinogradGradientKernels {
  void (*sums)(const WinogradShape&, const T*, const T*, float*, std::int64_t, std::int64_t);
};

}  // namespace resnet

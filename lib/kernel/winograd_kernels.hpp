// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/winograd.hpp"

namespace resnet {

/// The kernels of kernel/winograd.hpp for maps of T as one instruction set has them, or null; for winograd.cpp alone.
template <typename T>
struct WinogradKernels {
  void (*transform_weights)(const WinogradShape&, const float*, const WeightStrides&, T*);
  void (*convolve)(const WinogradShape&, const T*, const T*, const WinogradFinish<T>&, T*, std::int64_t, std::int64_t);
};

/// And those of winograd_gradient.cpp, for it alone.
template <typename T>
struct WinogradGradientKernels {
  void (*sums)(const WinogradShape&, const T*, const T*, float*, std::int64_t, std::int64_t, std::int64_t);
};

}  // namespace resnet

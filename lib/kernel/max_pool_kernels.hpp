// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/max_pool.hpp"

namespace resnet {

/// The kernels of kernel/max_pool.hpp as one instruction set has them; for max_pool.cpp alone.
template <typename T>
struct MaxPoolKernels {
  void (*pool)(PoolShape, const T*, T*, std::uint8_t*, std::int64_t, std::int64_t);
  void (*gradient)(PoolShape, const T*, const std::uint8_t*, T*, std::int64_t, std::int64_t);
};

}  // namespace resnet

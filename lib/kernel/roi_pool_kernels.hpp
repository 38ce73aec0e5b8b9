// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/roi_pool.hpp"

namespace resnet {

/// roi_pool of kernel/roi_pool.hpp as one instruction set has it; for roi_pool.cpp alone.
template <typename T>
using RoiPoolKernel = void (*)(RoiPoolShape, const T*, const BinSpan*, T*, RoiPlace*, std::int64_t, std::int64_t);

}  // namespace resnet

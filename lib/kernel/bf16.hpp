// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace resnet {

/// A bfloat16 as it lies in memory: the upper half of a float, with 8 significant bits. Sums are in float32.
using Bf16 = std::uint16_t;

}  // namespace resnet

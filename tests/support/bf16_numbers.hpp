// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>

#include "kernel/bf16.hpp"

namespace resnet {

/// A bfloat16 is the upper half of a float; to the nearest, and from the middle to the even one.
inline float wide(Bf16 number) { return std::bit_cast<float>(std::uint32_t{number} << 16); }
inline Bf16 rounded(float number) {
  const auto bits = std::bit_cast<std::uint32_t>(number);
  return static_cast<Bf16>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace resnet

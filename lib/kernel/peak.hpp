// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace resnet {

/// Runs so many rounds of float32 multiply-adds that wait for nothing but each other's registers, and returns how many
/// multiply-adds that were: with a stopwatch around it, the most that one core can do.
std::int64_t run_multiply_adds(std::int64_t rounds);

/// The same with products of bfloat16, summed in float32. None, and 0, where not simd_multiplies_bf16().
std::int64_t run_bf16_multiply_adds(std::int64_t rounds);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "kernel/relu.hpp"

#include <bit>

namespace resnet {

// As integers the numbers below zero are those from -32767, the smallest there is, to -128, minus infinity; what follows
// is NaN. So nothing is converted, and any compiler makes vectors of it.
void relu_in_place(Bf16* numbers, std::int64_t count) {
  constexpr std::int16_t kInfinity = -128;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto number = std::bit_cast<std::int16_t>(numbers[i]);
    numbers[i] = number <= kInfinity ? Bf16{0} : numbers[i];
  }
}

}  // namespace resnet

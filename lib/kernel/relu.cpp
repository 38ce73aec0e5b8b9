// SPDX-License-Identifier: MIT
#include "kernel/relu.hpp"

#include <bit>

namespace resnet {

// As integers, -0 and the numbers below it are those from -32768 to -128, minus infinity; what follows is NaN. So nothing
// is converted, and the compiler makes vectors of it.
void relu_in_place(Bf16* numbers, std::int64_t count) {
  constexpr std::int16_t kMinusInfinity = -128;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto number = std::bit_cast<std::int16_t>(numbers[i]);
    numbers[i] = number <= kMinusInfinity ? Bf16{0} : numbers[i];
  }
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "kernel/bf16.hpp"

namespace resnet {

/// Makes zero of -0 and of those of the `count` numbers that are below it, and leaves NaN as it is.
void relu_in_place(Bf16* numbers, std::int64_t count);

}  // namespace resnet

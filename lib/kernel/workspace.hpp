// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace resnet {

/// Scratch memory of the calling thread: at least `floats` numbers, aligned to 64 bytes, with anything in them.
///
/// The thread's next call gives out the same memory. It is kept until the thread ends, so ask for what fits a cache.
float* workspace(std::size_t floats);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "kernel/workspace.hpp"

#include <hwy/aligned_allocator.h>

namespace resnet {

float* workspace(std::size_t floats) {
  thread_local hwy::AlignedFreeUniquePtr<float[]> memory;
  thread_local std::size_t size = 0;
  if (size < floats) {
    memory = hwy::AllocateAligned<float>(floats);
    size = floats;
  }
  return memory.get();
}

}  // namespace resnet

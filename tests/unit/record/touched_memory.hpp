// SPDX-License-Identifier: MIT
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <fstream>

#include "support/catch.hpp"

/// Has so many bytes of memory for a moment. They come from the kernel, and go back to it at once.
inline void touch_and_free(std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  void* const block = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(block != MAP_FAILED);
  std::memset(block, 1, size);
  ::munmap(block, size);
}

/// Whether resnet::begin_peak_memory() can do here what it is there for.
inline bool peak_memory_can_begin() { return std::ofstream("/proc/self/clear_refs").is_open(); }

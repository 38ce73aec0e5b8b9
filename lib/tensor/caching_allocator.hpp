// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/block_cache.hpp"

namespace resnet {

/// Where the memory of tensors on the processor comes from.
enum class MemorySource { kCached, kSystem };

/// Gives LibTorch a memory of this kind for its tensors on the processor, from now on; once, before the first tensor.
///
/// kCached keeps large blocks in a BlockCache, up to half the memory that the process may use: the machine's, or the
/// limit of its container (core/machine_memory.hpp). Small ones, and all of kSystem, are LibTorch's own, on a malloc
/// that is told to keep what is freed. In a build with AddressSanitizer the system's is taken in either case: it sees
/// each block's borders.
///
/// Throws   From then on a tensor of kCached for which there is no memory is std::bad_alloc.
void use_memory_from(MemorySource source);

/// What the cache holds; zeros without one.
BlockStatistics cached_memory();

/// Gives back to the kernel what is kept for the next tensors, and takes it anew as they come.
void drop_cached_memory();

}  // namespace resnet

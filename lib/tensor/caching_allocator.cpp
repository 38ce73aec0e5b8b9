// SPDX-License-Identifier: MIT
#include "tensor/caching_allocator.hpp"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <malloc.h>

#include <cstdint>
#include <cstring>
#include <new>

#include "core/machine_memory.hpp"

namespace resnet {
namespace {

// Smaller blocks share pages, and malloc keeps them.
constexpr std::size_t kLeastCachedBytes = BlockCache::kHugePage;

/// Never destroyed: tensors in static variables outlive everything else.
BlockCache& block_cache() {
  static auto& cache = *new BlockCache(machine_memory() / 2);
  return cache;
}

void free_block(void* block) {
  const bool may_be_cached = reinterpret_cast<std::uintptr_t>(block) % BlockCache::kHugePage == 0;
  if (!may_be_cached || !block_cache().give_back(block)) c10::free_cpu(block);
}

/// LibTorch's interface to the block cache.
class CachingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t bytes) override {
    void* block = bytes < kLeastCachedBytes ? c10::alloc_cpu(bytes) : block_cache().take(bytes);
    if (block == nullptr && bytes > 0) throw std::bad_alloc();
    return {block, block, &free_block, c10::Device(c10::kCPU)};
  }

  // Asks allocate() for a context that is the block itself: raw_allocate() relies on it.
  c10::DeleterFnPtr raw_deleter() const override { return &free_block; }

  void copy_data(void* target, const void* source, std::size_t bytes) const override {
    std::memcpy(target, source, bytes);
  }
};

/// Tells malloc to keep large blocks when they are freed, rather than to hand them to the kernel.
void keep_freed_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  ::mallopt(M_TOP_PAD, 256 << 20);
}

}  // namespace

void use_memory_from(MemorySource source) {
  keep_freed_memory();
#if defined(__SANITIZE_ADDRESS__)
  source = MemorySource::kSystem;
#endif
  static auto* const caching = new CachingAllocator;  // LibTorch may ask it to the very end of the process
  c10::SetCPUAllocator(
      source == MemorySource::kCached ? static_cast<c10::Allocator*>(caching) : c10::GetDefaultCPUAllocator(),
      /*priority=*/255);
}

BlockStatistics cached_memory() { return block_cache().statistics(); }

void drop_cached_memory() {
  block_cache().drop_cached();
  ::malloc_trim(0);
}

}  // namespace resnet

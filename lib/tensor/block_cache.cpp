// SPDX-License-Identifier: MIT
#include "tensor/block_cache.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <limits>

namespace resnet {
namespace {

// A cached block may be larger than what is asked for by this part of it: more would waste memory, less would ask the
// kernel again for each size that is a little different.
constexpr std::size_t kSpareFraction = 8;

}  // namespace

BlockCache::~BlockCache() {
  drop_cached();
  for (const auto& [block, size] : in_use_) ::munmap(block, size);
}

void* BlockCache::take(std::size_t bytes) {
  if (bytes > std::numeric_limits<std::size_t>::max() / 2) return nullptr;
  const std::size_t size = std::max(bytes + kHugePage - 1, kHugePage) / kHugePage * kHugePage;
  const std::lock_guard<std::mutex> lock(mutex_);
  void* block = reuse(size);
  if (block != nullptr) return block;
  make_room(size);
  block = map(size);
  if (block == nullptr) {
    drop_cached_above(0);
    block = map(size);
  }
  return block;
}

void BlockCache::make_room(std::size_t bytes) {
  const std::size_t needed = statistics_.bytes_in_use + bytes;
  drop_cached_above(needed < most_bytes_ ? most_bytes_ - needed : 0);
}

void* BlockCache::reuse(std::size_t size) {
  const auto found = cached_.lower_bound(size);
  if (found == cached_.end() || found->first > size + size / kSpareFraction) return nullptr;
  const std::size_t found_size = found->first;
  void* block = found->second.back();
  found->second.pop_back();
  if (found->second.empty()) cached_.erase(found);
  in_use_.emplace(block, found_size);
  statistics_.bytes_cached -= found_size;
  statistics_.bytes_in_use += found_size;
  ++statistics_.blocks_reused;
  return block;
}

void* BlockCache::map(std::size_t size) {
  // One page more, so that a block can begin on a huge page; what stands before and after it goes back at once.
  const std::size_t mapped_size = size + kHugePage;
  void* mapped = ::mmap(nullptr, mapped_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  auto* const first = static_cast<char*>(mapped);
  const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(first) % kHugePage) % kHugePage;
  char* const block = first + before;
  if (before > 0) ::munmap(first, before);
  ::munmap(block + size, mapped_size - before - size);
  ::madvise(block, size, MADV_HUGEPAGE);  // a wish: without huge pages the block is only slower

  in_use_.emplace(block, size);
  statistics_.bytes_in_use += size;
  statistics_.peak_bytes = std::max(statistics_.peak_bytes, statistics_.bytes_in_use + statistics_.bytes_cached);
  ++statistics_.blocks_mapped;
  return block;
}

bool BlockCache::give_back(void* block) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = in_use_.find(block);
  if (found == in_use_.end()) return false;
  const std::size_t size = found->second;
  in_use_.erase(found);
  cached_[size].push_back(block);
  statistics_.bytes_in_use -= size;
  statistics_.bytes_cached += size;
  make_room(0);
  return true;
}

void BlockCache::drop_cached() {
  const std::lock_guard<std::mutex> lock(mutex_);
  drop_cached_above(0);
}

void BlockCache::drop_cached_above(std::size_t most_bytes) {
  while (statistics_.bytes_cached > most_bytes) {
    const auto largest = std::prev(cached_.end());  // the fewest calls for the memory
    ::munmap(largest->second.back(), largest->first);
    statistics_.bytes_cached -= largest->first;
    largest->second.pop_back();
    if (largest->second.empty()) cached_.erase(largest);
  }
}

BlockStatistics BlockCache::statistics() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return statistics_;
}

}  // namespace resnet

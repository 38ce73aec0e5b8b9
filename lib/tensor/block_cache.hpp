// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace resnet {

/// What a BlockCache holds and has done so far.
///
/// Units    Bytes as mapped: whole huge pages.
struct BlockStatistics {
  std::size_t bytes_in_use = 0;
  std::size_t bytes_cached = 0;    ///< Given back, and kept for the next taker.
  std::size_t peak_bytes = 0;      ///< The most that was in use and cached together.
  std::int64_t blocks_mapped = 0;  ///< Asked of the kernel, ...
  std::int64_t blocks_reused = 0;  ///< ... and served without it.
};

/// Large blocks of memory that are kept when they are given back.
///
/// A training step asks for the same blocks as the one before. The kernel would clear every page of them again, 4 KiB
/// at a time; here they come back as they are, in huge pages of 2 MiB where the kernel has them to give. May be used by
/// several threads at once.
class BlockCache {
 public:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;

  /// Keeps what nobody uses as long as it and what is in use are at most so many bytes.
  explicit BlockCache(std::size_t most_bytes) : most_bytes_(most_bytes) {}
  ~BlockCache();
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  /// A block of at least so many bytes that begins on a huge page, or null if there is no memory. Not cleared.
  void* take(std::size_t bytes);

  /// Takes the block back. Returns false, and does nothing, if it is not one of this cache's.
  bool give_back(void* block);

  /// Hands what nobody uses to the kernel.
  void drop_cached();

  BlockStatistics statistics() const;

 private:
  void* reuse(std::size_t size);
  void* map(std::size_t size);
  void make_room(std::size_t bytes);
  void drop_cached_above(std::size_t most_bytes);

  const std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::unordered_map<void*, std::size_t> in_use_;
  std::map<std::size_t, std::vector<void*>> cached_;  // by size; the block given back last is the warmest
  BlockStatistics statistics_;
};

}  // namespace resnet

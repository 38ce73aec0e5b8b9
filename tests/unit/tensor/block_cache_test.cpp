// SPDX-License-Identifier: MIT
#include "tensor/block_cache.hpp"

#include <cstdint>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace resnet {
namespace {

constexpr std::size_t kPage = BlockCache::kHugePage;

TEST_CASE("a block begins on a huge page and can be written from end to end") {
  BlockCache cache(100 * kPage);
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, kPage, kPage + 1, 5 * kPage - 1}) {
    void* block = cache.take(bytes);
    REQUIRE(block != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % kPage == 0);
    std::memset(block, 0xAB, bytes);
    CHECK(cache.give_back(block));
  }
}

TEST_CASE("the block that was given back is the one that is taken next") {
  BlockCache cache(100 * kPage);
  void* first = cache.take(3 * kPage);
  CHECK(cache.give_back(first));
  CHECK(cache.take(3 * kPage - 100) == first);
  CHECK(cache.take(3 * kPage) != first);
  CHECK(cache.statistics().blocks_mapped == 2);
  CHECK(cache.statistics().blocks_reused == 1);
}

TEST_CASE("a block may serve for one that is a little smaller, and not for a much smaller one") {
  BlockCache cache(100 * kPage);
  void* block = cache.take(9 * kPage);
  cache.give_back(block);
  CHECK(cache.take(4 * kPage) != block);
  CHECK(cache.take(8 * kPage) == block);
  CHECK(cache.statistics().bytes_in_use == 13 * kPage);  // it counts as large as it is
}

TEST_CASE("no more is kept than the bound, and the statistics tell what is held") {
  BlockCache cache(4 * kPage);
  std::vector<void*> blocks;
  for (int i = 0; i < 4; ++i) blocks.push_back(cache.take(2 * kPage));
  CHECK(cache.statistics().bytes_in_use == 8 * kPage);
  for (void* block : blocks) cache.give_back(block);
  CHECK(cache.statistics().bytes_in_use == 0);
  CHECK(cache.statistics().bytes_cached == 4 * kPage);
  CHECK(cache.statistics().peak_bytes == 8 * kPage);
  cache.drop_cached();
  CHECK(cache.statistics().bytes_cached == 0);
}

TEST_CASE("a block of somebody else is refused") {
  BlockCache cache(kPage);
  int value = 0;
  CHECK_FALSE(cache.give_back(&value));
  CHECK_FALSE(cache.give_back(nullptr));
  void* block = cache.take(kPage);
  CHECK(cache.give_back(block));
  CHECK_FALSE(cache.give_back(block));
}

TEST_CASE("memory that the machine does not have is null") {
  BlockCache cache(kPage);
  CHECK(cache.take(SIZE_MAX) == nullptr);
  CHECK(cache.take(std::size_t{1} << 60) == nullptr);
  CHECK(cache.take(kPage) != nullptr);
}

TEST_CASE("threads never hold the same block at once") {
  BlockCache cache(64 * kPage);
  const auto work = [&cache](int mark, bool* is_clean) {
    for (int i = 0; i < 2000; ++i) {
      auto* block = static_cast<int*>(cache.take((1 + static_cast<std::size_t>(i % 3)) * kPage));
      block[0] = mark;
      block[1] = i;
      std::this_thread::yield();
      *is_clean = *is_clean && block[0] == mark && block[1] == i;
      cache.give_back(block);
    }
  };
  bool is_clean[4] = {true, true, true, true};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) threads.emplace_back(work, t, &is_clean[t]);
  for (std::thread& thread : threads) thread.join();
  for (const bool clean : is_clean) CHECK(clean);
  CHECK(cache.statistics().bytes_in_use == 0);
}

}  // namespace
}  // namespace resnet

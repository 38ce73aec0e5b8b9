// SPDX-License-Identifier: MIT
#include "kernel/chunk.hpp"

#include <cstdint>

#include "support/catch.hpp"

using resnet::Chunk;
using resnet::ChunkedMap;

TEST_CASE("the chunks of a map are all its pixels, each once and in order, in rows of whole pixels") {
  const std::int64_t channels = GENERATE(1, 3, 16, 17, 48, 64, 100, 2048);
  const std::int64_t pixels = GENERATE(0, 1, 3, 63, 64, 65, 5000);
  CAPTURE(channels, pixels);
  const ChunkedMap map(pixels, channels);
  std::int64_t seen = 0;
  for (std::int64_t i = 0; i < map.size(); ++i) {
    const Chunk chunk = map[i];
    CHECK(chunk.first == seen);
    CHECK(chunk.rows > 0);
    CHECK(chunk.columns % channels == 0);
    CHECK(chunk.columns <= map.columns());
    seen += chunk.rows * chunk.columns;
  }
  CHECK(seen == map.numbers());
  CHECK(map.numbers() == pixels * channels);
}

TEST_CASE("rows of few channels are made of several pixels, so that they fill vectors") {
  for (const std::int64_t channels : {1, 3, 16, 17, 48}) CHECK(ChunkedMap(10'000, channels).columns() % 64 == 0);
}

TEST_CASE("a map of CIFAR size gives work to many threads") { CHECK(ChunkedMap(128 * 8 * 8, 64).size() >= 32); }

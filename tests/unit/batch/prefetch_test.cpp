// SPDX-License-Identifier: MIT
#include "batch/prefetch.hpp"

#include <c10/util/Exception.h>

#include <chrono>
#include <thread>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "unit/batch/image_sets.hpp"

namespace resnet {
namespace {

using Catch::Contains;

BatchStream some_stream(const ImageSet& set) {
  return {set, uneven_mean(6, 8), /*batch=*/7, /*padding=*/4, /*seed=*/5};
}

TEST_CASE("no number of loader threads changes a batch") {
  const ImageSet set = indexed_images(10, 6, 8);
  const BatchStream stream = some_stream(set);
  const std::int64_t threads = GENERATE(0, 1, 4);
  const std::int64_t first = GENERATE(0, 13);
  Prefetch prefetch(stream, first, first + 60, threads);
  for (std::int64_t step = first; step < first + 60; ++step) {
    CAPTURE(threads, first, step);
    if (step % 20 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));  // let the threads run ahead
    const Batch expected = stream.at(step);
    const Batch batch = prefetch.next();
    REQUIRE(at::equal(batch.images, expected.images));
    REQUIRE(at::equal(batch.labels, expected.labels));
  }
  CHECK_THROWS_WITH(prefetch.next(), Contains("the last is " + std::to_string(first + 59)));
}

TEST_CASE("an exception in a loader thread reaches the caller, and again when asked again") {
  ImageSet set = indexed_images(10, 6, 8);
  set.images = set.images.to(at::kFloat);  // a stream reads bytes, and LibTorch will not have it
  const BatchStream stream = some_stream(set);
  for (const std::int64_t threads : {0, 1, 4}) {
    CAPTURE(threads);
    Prefetch prefetch(stream, 0, 10, threads);
    CHECK_THROWS_AS(prefetch.next(), c10::Error);
    CHECK_THROWS_AS(prefetch.next(), c10::Error);
  }
}

TEST_CASE("a prefetch ends at once with batches made, half made and never asked for") {
  const ImageSet set = indexed_images(10, 6, 8);
  const BatchStream stream = some_stream(set);
  for (int i = 0; i < 50; ++i) {
    Prefetch prefetch(stream, 0, 1'000'000'000, 4);
    if (i % 2 == 0) CHECK(prefetch.next().labels.numel() > 0);
  }
}

TEST_CASE("a prefetch of no steps has no batch") {
  const ImageSet set = indexed_images(10, 6, 8);
  const BatchStream stream = some_stream(set);
  for (const std::int64_t threads : {0, 2}) CHECK_THROWS_AS(Prefetch(stream, 5, 5, threads).next(), Error);
}

}  // namespace
}  // namespace resnet

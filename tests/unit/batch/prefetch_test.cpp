// SPDX-License-Identifier: MIT
#include "batch/prefetch.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "batch/batch_stream.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/few_addresses.hpp"
#include "unit/batch/image_sets.hpp"

namespace resnet {
namespace {

using Catch::Contains;

Batch some_batch(std::int64_t step) {
  static const ImageSet set = indexed_images(10, 6, 8);
  static const BatchStream stream(set, uneven_mean(6, 8), /*batch=*/7, /*padding=*/4, /*seed=*/5);
  return stream.at(step);
}

TEST_CASE("no number of loader threads changes a batch") {
  const std::int64_t threads = GENERATE(0, 1, 4);
  const std::int64_t first = GENERATE(0, 13);
  Prefetch prefetch(some_batch, first, first + 60, threads);
  for (std::int64_t step = first; step < first + 60; ++step) {
    CAPTURE(threads, first, step);
    if (step % 20 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));  // let the threads run ahead
    const Batch expected = some_batch(step);
    const Batch batch = prefetch.next();
    REQUIRE(at::equal(batch.images, expected.images));
    REQUIRE(at::equal(batch.labels, expected.labels));
  }
  CHECK_THROWS_WITH(prefetch.next(), Contains("the last is " + std::to_string(first + 59)));
}

TEST_CASE("an exception in a loader thread reaches the caller, and again when asked again") {
  const auto fail_always = [](std::int64_t) -> Batch { throw std::runtime_error("no batch"); };
  for (const std::int64_t threads : {0, 1, 4}) {
    CAPTURE(threads);
    Prefetch prefetch(fail_always, 0, 10, threads);
    CHECK_THROWS_WITH(prefetch.next(), Contains("no batch"));
    CHECK_THROWS_WITH(prefetch.next(), Contains("no batch"));
  }
}

TEST_CASE("what cannot be made is not passed over: every try to take it throws, with any number of threads") {
  const auto fail_once = [](std::int64_t step) {
    if (step == 2) throw std::runtime_error("no batch 2");
    return step;
  };
  for (const std::int64_t threads : {0, 1, 4}) {
    CAPTURE(threads);
    Prefetch prefetch(fail_once, 0, 10, threads);
    CHECK(prefetch.next() == 0);
    CHECK(prefetch.next() == 1);
    for (int i = 0; i < 3; ++i) CHECK_THROWS_WITH(prefetch.next(), "no batch 2");
  }
}

TEST_CASE("an exception of a later step does not stand before the batches of earlier ones") {
  // The batches before it are made only once it has been thrown.
  std::promise<void> thrown;
  const std::shared_future<void> is_thrown = thrown.get_future().share();
  Prefetch prefetch(
      [&](std::int64_t step) {
        if (step == 3) {
          thrown.set_value();
          throw std::runtime_error("no batch");
        }
        if (step < 3) is_thrown.wait();
        return some_batch(step);
      },
      0, 10, /*threads=*/4);
  for (std::int64_t step = 0; step < 3; ++step) CHECK(at::equal(prefetch.next().images, some_batch(step).images));
  CHECK_THROWS_WITH(prefetch.next(), Contains("no batch"));
}

TEST_CASE("a prefetch ends at once with batches made, half made and never asked for") {
  for (int i = 0; i < 50; ++i) {
    Prefetch prefetch(some_batch, 0, 1'000'000'000, 4);
    if (i % 2 == 0) CHECK(prefetch.next().labels.numel() > 0);
  }
}

TEST_CASE("a prefetch of no steps has no batch") {
  for (const std::int64_t threads : {0, 2}) CHECK_THROWS_AS(Prefetch(some_batch, 5, 5, threads).next(), Error);
}

TEST_CASE("things made in parts have every part once, and an end after the last, for any number of threads") {
  using Parts = std::vector<std::int64_t>;
  const InParts<Parts> how{
      .begin = [](std::int64_t index) { return Parts(static_cast<std::size_t>(index % 5)); },
      .parts = [](std::int64_t index) { return index % 5; },  // none at all, sometimes
      .make = [](Parts& parts, std::int64_t index,
                 std::int64_t part) { parts[static_cast<std::size_t>(part)] += 100 * index + part; },
      .end = [](Parts& parts,
                std::int64_t) { parts.push_back(-1 - std::accumulate(parts.begin(), parts.end(), std::int64_t{0})); }};
  for (const std::int64_t threads : {0, 1, 4}) {
    CAPTURE(threads);
    Prefetch made(how, 3, 200, threads);
    for (std::int64_t index = 3; index < 200; ++index) {
      Parts expected;
      for (std::int64_t part = 0; part < index % 5; ++part) expected.push_back(100 * index + part);
      expected.push_back(-1 - std::accumulate(expected.begin(), expected.end(), std::int64_t{0}));
      REQUIRE(made.next() == expected);
    }
  }
}

TEST_CASE("of several parts that fail, the first one's exception is thrown") {
  const InParts<int> how{.begin = [](std::int64_t) { return 0; },
                         .parts = [](std::int64_t) { return std::int64_t{9}; },
                         .make =
                             [](int&, std::int64_t, std::int64_t part) {
                               if (part >= 2) throw std::runtime_error("part " + std::to_string(part));
                             },
                         .end = [](int&, std::int64_t) { throw std::runtime_error("the end"); }};
  for (const std::int64_t threads : {0, 1, 4}) {
    Prefetch made(how, 0, 100, threads);
    CHECK_THROWS_WITH(made.next(), "part 2");
  }
}

TEST_CASE("no more things wait to be taken than the maker of large ones allows") {
  std::atomic<int> begun = 0;
  InParts<int> how = in_one_part<int>([&](std::int64_t) { return ++begun; });
  how.most_ahead = 2;
  Prefetch made(how, 0, 100, /*threads=*/4);
  made.next();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // more than eight others would take
  CHECK(begun <= 3);
}

#if !defined(__SANITIZE_ADDRESS__)  // see FewAddresses
TEST_CASE("loader threads that cannot be started are an error, and those that were end") {
  const FewAddresses few(std::uint64_t{128} << 20);  // in which few stacks of threads fit, however small
  CHECK_THROWS_WITH(Prefetch(some_batch, 0, 10, /*threads=*/20'000),
                    Contains("of 20000 loader threads can be started") && Contains("ask for fewer"));
}
#endif

}  // namespace
}  // namespace resnet

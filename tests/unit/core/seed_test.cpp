// SPDX-License-Identifier: MIT
#include "core/seed.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "core/error.hpp"
#include "support/catch.hpp"

namespace resnet {
namespace {

// All draws below come from fixed seeds, so the statistical tests give the same answer every time.

// A chi-square value's mean is its number of degrees of freedom, its variance twice that.
bool is_plausible_chi_square(double value, double degrees) {
  return std::abs(value - degrees) < 4 * std::sqrt(2 * degrees);
}

double chi_square(const std::vector<int>& counts) {
  double total = 0;
  for (const int count : counts) total += count;
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const int count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

std::vector<std::uint64_t> first_numbers(std::uint64_t seed, int count) {
  Random random(seed);
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(random.next());
  return numbers;
}

TEST_CASE("the hash of a text is FNV-1a") {
  // Test vectors of the FNV page, www.isthe.com/chongo/src/fnv/test_fnv.c.
  CHECK(hash_of("") == 0xcbf29ce484222325U);
  CHECK(hash_of("a") == 0xaf63dc4c8601ec8cU);
  CHECK(hash_of("foobar") == 0x85944171f73967e8U);
}

TEST_CASE("Random gives the published numbers of SplitMix64") {
  // Seed 1234567: Vigna's splitmix64.c as quoted at rosettacode.org/wiki/Pseudo-random_numbers/Splitmix64.
  CHECK(first_numbers(1234567, 5) == std::vector<std::uint64_t>{6457827717110365317U, 3203168211198807973U,
                                                                9817491932198370423U, 4593380528125082431U,
                                                                16408922859458223821U});
  // Seed 0: the test vector of Java's SplittableRandom and of many ports.
  CHECK(first_numbers(0, 3) ==
        std::vector<std::uint64_t>{0xe220a8397b1dcdafU, 0x6e789e6aa1b965f4U, 0x06c45d188009454fU});
}

TEST_CASE("derive_seed is a function: no call changes the result of another") {
  const std::uint64_t first = derive_seed(7, "order", 3);
  for (std::uint64_t step = 10; step-- > 0;) derive_seed(step, "view", step);
  CHECK(derive_seed(7, "order", 3) == first);
}

TEST_CASE("derive_seed separates neighbouring seeds, purposes and steps") {
  std::set<std::uint64_t> seen;
  std::size_t asked = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const char* purpose : {"", "a", "b", "ab", "ba", "order", "view", "init.conv1.weight"}) {
      for (std::uint64_t step = 0; step < 50; ++step, ++asked) seen.insert(derive_seed(seed, purpose, step));
    }
  }
  CHECK(seen.size() == asked);
  CHECK(derive_seed(1, "order", 0) != derive_seed(0, "order", 1));
  CHECK(derive_seed(1, "order") == derive_seed(1, "order", 0));
}

TEST_CASE("the seeds of consecutive steps have no bit in common more often than chance") {
  int differing_bits = 0;
  constexpr int kSteps = 2000;
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    differing_bits += __builtin_popcountll(derive_seed(5, "view", step) ^ derive_seed(5, "view", step + 1));
  }
  // 32 of 64 bits on average, with a standard deviation of 4 / sqrt(steps).
  CHECK(std::abs(static_cast<double>(differing_bits) / kSteps - 32) < 4 * 4 / std::sqrt(kSteps));
}

TEST_CASE("below() gives every number below the bound equally often") {
  for (const std::uint64_t bound : {2U, 9U, 10U, 101U}) {
    CAPTURE(bound);
    Random random(bound);
    std::vector<int> counts(bound);
    for (std::uint64_t i = 0; i < 1000 * bound; ++i) ++counts.at(random.below(bound));
    CHECK(is_plausible_chi_square(chi_square(counts), static_cast<double>(bound) - 1));
  }
}

TEST_CASE("below() has no bias where the bound does not divide 2^64") {
  // Of 2^64 values, taken modulo 3 * 2^62, those below 2^62 would come twice as often: half of all, and not a third.
  const std::uint64_t quarter = std::uint64_t{1} << 62;
  Random random(1);
  int small = 0;
  constexpr int kDraws = 30'000;
  for (int i = 0; i < kDraws; ++i) small += random.below(3 * quarter) < quarter ? 1 : 0;
  CHECK(std::abs(small - kDraws / 3.0) < 5 * std::sqrt(kDraws * 2 / 9.0));
}

TEST_CASE("below(1) is 0 and below(0) an error") {
  Random random(3);
  CHECK(random.below(1) == 0);
  CHECK_THROWS_AS(random.below(0), Error);
}

TEST_CASE("uniform() lies in [0, 1) and spreads evenly") {
  Random random(11);
  std::vector<int> counts(100);
  double smallest = 1;
  double largest = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double value = random.uniform();
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
    ++counts.at(static_cast<std::size_t>(value * 100));
  }
  CHECK(smallest >= 0);
  CHECK(smallest < 1e-4);
  CHECK(largest < 1);
  CHECK(largest > 1 - 1e-4);
  CHECK(is_plausible_chi_square(chi_square(counts), 99));
}

TEST_CASE("normal() has the moments of N(0, 1), and no two neighbours are tied") {
  Random random(13);
  constexpr int kDraws = 200'000;
  double sum = 0, squares = 0, cubes = 0, fourths = 0, neighbours = 0, before = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double z = random.normal();
    sum += z;
    squares += z * z;
    cubes += z * z * z;
    fourths += z * z * z * z;
    neighbours += z * before;
    before = z;
  }
  // Five standard errors: the variances of z, z^2, z^3, z^4 and of a product are 1, 2, 15, 96 and 1.
  const double error = 5 / std::sqrt(kDraws);
  CHECK(std::abs(sum / kDraws) < error);
  CHECK(std::abs(squares / kDraws - 1) < error * std::sqrt(2.0));
  CHECK(std::abs(cubes / kDraws) < error * std::sqrt(15.0));
  CHECK(std::abs(fourths / kDraws - 3) < error * std::sqrt(96.0));
  CHECK(std::abs(neighbours / kDraws) < error);
}

TEST_CASE("a random permutation has every number once and depends on the seed alone") {
  for (const std::int64_t size : {0, 1, 2, 1000}) {
    std::vector<std::int64_t> order = random_permutation(size, 17);
    CHECK(order == random_permutation(size, 17));
    std::sort(order.begin(), order.end());
    for (std::int64_t i = 0; i < size; ++i) REQUIRE(order[static_cast<std::size_t>(i)] == i);
  }
  CHECK(random_permutation(1000, 17) != random_permutation(1000, 18));
}

TEST_CASE("all 24 orders of four things are equally likely") {
  std::vector<int> counts(24);
  for (std::uint64_t seed = 0; seed < 24'000; ++seed) {
    const std::vector<std::int64_t> order = random_permutation(4, derive_seed(seed, "test"));
    std::vector<std::int64_t> sorted = {0, 1, 2, 3};
    std::size_t index = 0;
    while (sorted != order) {
      std::next_permutation(sorted.begin(), sorted.end());
      ++index;
    }
    ++counts.at(index);
  }
  CHECK(is_plausible_chi_square(chi_square(counts), 23));
}

}  // namespace
}  // namespace resnet

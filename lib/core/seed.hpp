// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace resnet {

/// FNV-1a: 64 bits made from a text, the same on every machine.
std::uint64_t hash_of(std::string_view text);

/// A seed for one purpose at one step, so that randomness is a function and never a state.
///
/// The result depends on all three arguments and on nothing else: no call order, thread, time or machine.
std::uint64_t derive_seed(std::uint64_t seed, std::string_view purpose, std::uint64_t step = 0);

/// A small generator (SplitMix64) whose sequence is the same on every machine and compiler.
///
/// The distributions of the C++ standard library are left to the vendor; these are not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  /// 64 uniform bits.
  std::uint64_t next();

  /// A uniform integer in 0 .. bound - 1, without bias. Throws Error if bound is 0.
  std::uint64_t below(std::uint64_t bound);

  /// A uniform number in [0, 1).
  double uniform();

  /// A draw from N(0, 1).
  double normal();

 private:
  std::uint64_t state_;
};

/// A uniform random order of 0 .. size - 1.
std::vector<std::int64_t> random_permutation(std::int64_t size, std::uint64_t seed);

}  // namespace resnet

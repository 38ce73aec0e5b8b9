// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>
#include <random>
#include <type_traits>
#include <vector>

#include "kernel/bf16.hpp"
#include "support/bf16_numbers.hpp"

/// Small whole numbers for kernels that compare and add: float and bfloat16 have them, and their sums, exactly.
inline float value(float x) { return x; }
inline float value(resnet::Bf16 x) { return resnet::wide(x); }

template <typename T>
std::vector<float> values(const std::vector<T>& numbers) {
  std::vector<float> result;
  for (const T x : numbers) result.push_back(value(x));
  return result;
}

template <typename T>
T number(float x) {
  if constexpr (std::is_same_v<T, float>) return x;
  return static_cast<T>(std::bit_cast<std::uint32_t>(x) >> 16);
}

/// From -9 to 9, so that many are equal.
template <typename T>
std::vector<T> whole_numbers(std::int64_t size, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_int_distribution<int> small(-9, 9);
  std::vector<T> numbers(static_cast<std::size_t>(size));
  for (T& x : numbers) x = number<T>(static_cast<float>(small(generator)));
  return numbers;
}

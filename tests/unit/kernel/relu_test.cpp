// SPDX-License-Identifier: MIT
#include "kernel/relu.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

#include "support/bf16_numbers.hpp"
#include "support/catch.hpp"

using resnet::Bf16;

TEST_CASE("a ReLU of every bfloat16 number is the larger of it and zero, and NaN stays NaN") {
  std::vector<Bf16> numbers;
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) numbers.push_back(static_cast<Bf16>(bits));
  const std::vector<Bf16> before = numbers;
  resnet::relu_in_place(numbers.data(), static_cast<std::int64_t>(numbers.size()));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    CAPTURE(before[i]);
    const float x = resnet::wide(before[i]);
    if (std::isnan(x)) {
      CHECK(numbers[i] == before[i]);
    } else {
      CHECK(numbers[i] == (x > 0 ? before[i] : Bf16{0}));  // of -0 too
    }
  }
}

TEST_CASE("a ReLU touches as many numbers as it is told") {
  std::vector<Bf16> numbers(37, Bf16{0xbf80});
  resnet::relu_in_place(numbers.data() + 1, 35);
  CHECK(numbers.front() == 0xbf80);
  CHECK(numbers.back() == 0xbf80);
  for (std::size_t i = 1; i < 36; ++i) CHECK(numbers[i] == 0);
}

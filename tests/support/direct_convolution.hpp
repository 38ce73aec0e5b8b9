// SPDX-License-Identifier: MIT
#pragma once

// A 3x3 convolution as its definition has it, for the tests of its kernels.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "kernel/bf16.hpp"
#include "kernel/convolution.hpp"
#include "support/bf16_numbers.hpp"

namespace resnet {

using Numbers = std::vector<float>;

inline double value(float x) { return static_cast<double>(x); }

inline Numbers noise(std::int64_t size, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  Numbers numbers(static_cast<std::size_t>(size));
  for (float& number : numbers) number = normal(generator);
  return numbers;
}

/// A layer of noise.
struct Layer {
  explicit Layer(const ConvolutionShape& s)
      : shape(s),
        x(noise(s.images * s.height * s.width * s.in, 1)),
        dy(noise(s.images * s.height * s.width * s.out, 2)),
        weights(noise(9 * s.in * s.out, 3)) {}

  ConvolutionShape shape;
  Numbers x;
  Numbers dy;
  Numbers weights;
};

/// Weights that lie as [out, in, 3, 3], and as the channels-last format has them.
inline WeightStrides plain(const ConvolutionShape& s) { return {9 * s.in, 9, 3, 1}; }
inline WeightStrides channels_last(const ConvolutionShape& s) { return {9 * s.in, 1, 3 * s.in, s.in}; }

/// Calls body(x, dy, w) with the places of all that is multiplied: y += x w, dx += dy w, dw += x dy.
template <typename Body>
void for_each_product(const ConvolutionShape& s, const WeightStrides& strides, const Body& body) {
  for (std::int64_t n = 0; n < s.images; ++n) {
    for (std::int64_t row = 0; row < s.height; ++row) {
      for (std::int64_t column = 0; column < s.width; ++column) {
        for (std::int64_t tap = 0; tap < 9; ++tap) {
          const std::int64_t from_row = row + tap / 3 - 1;
          const std::int64_t from_column = column + tap % 3 - 1;
          if (from_row < 0 || from_row >= s.height || from_column < 0 || from_column >= s.width) continue;
          const std::int64_t x = ((n * s.height + from_row) * s.width + from_column) * s.in;
          const std::int64_t dy = ((n * s.height + row) * s.width + column) * s.out;
          const std::int64_t w = tap / 3 * strides.row + tap % 3 * strides.column;
          for (std::int64_t out = 0; out < s.out; ++out) {
            for (std::int64_t in = 0; in < s.in; ++in) {
              body(x + in, dy + out, w + out * strides.out + in * strides.in);
            }
          }
        }
      }
    }
  }
}

inline std::vector<Bf16> rounded(const Numbers& numbers) {
  std::vector<Bf16> result;
  for (const float number : numbers) result.push_back(rounded(number));
  return result;
}

inline Numbers wide(const std::vector<Bf16>& numbers) {
  Numbers result;
  for (const Bf16 number : numbers) result.push_back(wide(number));
  return result;
}

/// |ours - exact| / |exact|, as lengths of vectors.
inline double error_of(const Numbers& ours, const std::vector<double>& exact) {
  double distance = 0;
  double length = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    distance += std::pow(value(ours[i]) - exact[i], 2);
    length += exact[i] * exact[i];
  }
  return std::sqrt(distance / length);
}

}  // namespace resnet

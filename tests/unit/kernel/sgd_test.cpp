// SPDX-License-Identifier: MIT
#include "kernel/sgd.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/each_simd_target.hpp"

using namespace resnet;

namespace {

std::vector<float> noise(std::size_t size, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(size);
  for (float& x : numbers) x = normal(generator);
  return numbers;
}

}  // namespace

TEST_CASE("an update of weights is v = m v + rate (g + decay w), w = w - v, within rounding (Section 3.4)") {
  on_each_target([] {
    for (const std::size_t count :
         {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{64}, std::size_t{1003}}) {
      CAPTURE(count);
      const SgdUpdate update{0.1F, 0.9F, 1e-4F};
      const std::vector<float> gradient = noise(count, 1);
      const std::vector<float> old_velocity = noise(count, 2);
      const std::vector<float> old_weight = noise(count, 3);
      std::vector<float> velocity = old_velocity;
      std::vector<float> weight = old_weight;
      sgd_update(update, gradient.data(), velocity.data(), weight.data(), static_cast<std::int64_t>(count));
      double furthest = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const double w = static_cast<double>(old_weight[i]);
        const double v = static_cast<double>(update.momentum) * static_cast<double>(old_velocity[i]) +
                         static_cast<double>(update.rate) *
                             (static_cast<double>(gradient[i]) + static_cast<double>(update.weight_decay) * w);
        furthest = std::max({furthest, std::abs(static_cast<double>(velocity[i]) - v),
                             std::abs(static_cast<double>(weight[i]) - (w - v))});
      }
      CHECK(furthest < 1e-6);
    }
  });
}

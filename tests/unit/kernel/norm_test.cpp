// SPDX-License-Identifier: MIT
// Each instruction set of this machine against loops in double precision.
#include "kernel/norm.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "support/bf16_numbers.hpp"
#include "support/catch.hpp"
#include "support/each_simd_target.hpp"

using namespace resnet;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

double value(double x) { return x; }
double value(float x) { return static_cast<double>(x); }
double value(Bf16 x) { return static_cast<double>(wide(x)); }

template <typename T>
T number(float x) {
  if constexpr (std::is_same_v<T, float>) return x;
  return static_cast<T>(std::bit_cast<std::uint32_t>(x) >> 16);  // cut off: any number will do
}

template <typename T>
std::vector<T> noise(std::int64_t size, unsigned seed, float centre = 0) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(centre, 1);
  std::vector<T> numbers(size);
  for (T& x : numbers) x = number<T>(normal(generator));
  return numbers;
}

/// |ours - theirs| / |theirs|, as lengths of vectors.
template <typename T>
double error_of(const std::vector<T>& ours, const std::vector<double>& theirs) {
  REQUIRE(ours.size() == theirs.size());
  double distance = 0;
  double length = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const double o = value(ours[i]);
    distance += (o - theirs[i]) * (o - theirs[i]);
    length += theirs[i] * theirs[i];
  }
  return length == 0 ? distance : std::sqrt(distance / length);
}

struct Shape {
  std::int64_t pixels;
  std::int64_t channels;
};

const std::vector<Shape> kShapes = {{1, 1},    {1, 64},    {2, 3},    {5, 17},    {63, 16},  {129, 1},
                                    {257, 32}, {4096, 16}, {300, 48}, {777, 100}, {5000, 3}, {100, 2048}};

/// What the kernels take per column, from numbers per channel.
std::vector<float> per_column(const ChunkedMap& map, const std::vector<float>& per_channel) {
  std::vector<float> columns(map.columns());
  for (std::int64_t j = 0; j < map.columns(); ++j) columns[j] = per_channel[j % map.channels()];
  return columns;
}

template <typename T>
struct Case {
  explicit Case(const Shape& shape)
      : map(shape.pixels, shape.channels),
        x(noise<T>(map.numbers(), 1, 3)),
        residual(noise<T>(map.numbers(), 2)),
        dy(noise<T>(map.numbers(), 3)),
        other_dy(noise<T>(map.numbers(), 4)),
        mean(noise<float>(shape.channels, 5, 3)),
        scale(noise<float>(shape.channels, 6, 1)),
        shift(noise<float>(shape.channels, 7, -3)),
        slope(noise<float>(shape.channels, 8)),
        offset(noise<float>(shape.channels, 9)) {}

  std::vector<T> apply(NormForm form) const {
    std::vector<T> y(map.numbers());
    const auto scales = per_column(map, scale);
    const auto shifts = per_column(map, shift);
    for (std::int64_t i = 0; i < map.size(); ++i) {
      norm_apply(form, map[i], x.data(), residual.data(), scales.data(), shifts.data(), y.data());
    }
    return y;
  }

  ChunkedMap map;
  std::vector<T> x, residual, dy, other_dy;
  std::vector<float> mean, scale, shift, slope, offset;
};

// Rounding to bfloat16 is an error of up to 2^-9 in each number.
template <typename T>
constexpr double kRounding = std::is_same_v<T, float> ? 0 : 3e-3;

}  // namespace

TEMPLATE_TEST_CASE("mean and variance are those of double precision to 1e-6", "", float, Bf16) {
  for (const Shape& shape : kShapes) {
    CAPTURE(shape.pixels, shape.channels);
    const Case<TestType> c(shape);
    const auto pixels = static_cast<double>(shape.pixels);
    std::vector<double> mean(shape.channels);
    std::vector<double> variance(shape.channels);
    for (std::int64_t i = 0; i < c.map.numbers(); ++i) mean[i % shape.channels] += value(c.x[i]) / pixels;
    for (std::int64_t i = 0; i < c.map.numbers(); ++i) {
      const double distance = value(c.x[i]) - mean[i % shape.channels];
      variance[i % shape.channels] += distance * distance / pixels;
    }
    on_each_target([&] {
      std::vector<float> parts(c.map.size() * 2 * c.map.columns());
      for (std::int64_t i = 0; i < c.map.size(); ++i) {
        float* const part = parts.data() + i * 2 * c.map.columns();
        norm_statistics(c.map[i], c.x.data(), part, part + c.map.columns());
      }
      std::vector<double> our_mean(shape.channels);
      std::vector<double> our_variance(shape.channels);
      merge_norm_statistics(c.map, parts.data(), our_mean.data(), our_variance.data());
      CHECK(error_of(our_mean, mean) < 1e-6);
      CHECK(error_of(our_variance, variance) < 1e-6);
    });
  }
}

TEST_CASE("the variance of numbers far from zero is not lost in their squares") {
  const ChunkedMap map(20'000, 16);
  std::vector<float> x = noise<float>(map.numbers(), 1);
  for (float& number : x) number += 1000;
  std::vector<double> mean(16);
  std::vector<double> variance(16);
  for (std::int64_t i = 0; i < map.numbers(); ++i) mean[i % 16] += value(x[i]) / 20'000;
  for (std::int64_t i = 0; i < map.numbers(); ++i) {
    variance[i % 16] += (value(x[i]) - mean[i % 16]) * (value(x[i]) - mean[i % 16]) / 20'000;
  }
  on_each_target([&] {
    std::vector<float> parts(map.size() * 2 * map.columns());
    for (std::int64_t i = 0; i < map.size(); ++i) {
      float* const part = parts.data() + i * 2 * map.columns();
      norm_statistics(map[i], x.data(), part, part + map.columns());
    }
    std::vector<double> our_mean(16);
    std::vector<double> our_variance(16);
    merge_norm_statistics(map, parts.data(), our_mean.data(), our_variance.data());
    CHECK(error_of(our_variance, variance) < 1e-5);
  });
}

TEMPLATE_TEST_CASE("a map is scaled, shifted, added to and cut off at zero as in double precision", "", float, Bf16) {
  const NormForm form = GENERATE(NormForm::kNormOnly, NormForm::kRelu, NormForm::kAddRelu);
  CAPTURE(static_cast<int>(form));
  for (const Shape& shape : kShapes) {
    CAPTURE(shape.pixels, shape.channels);
    const Case<TestType> c(shape);
    std::vector<double> expected;
    for (std::int64_t i = 0; i < c.map.numbers(); ++i) {
      const std::int64_t channel = i % shape.channels;
      double v = value(c.x[i]) * value(c.scale[channel]) + value(c.shift[channel]);
      if (form == NormForm::kAddRelu) v += value(c.residual[i]);
      expected.push_back(form == NormForm::kNormOnly ? v : std::max(v, 0.0));
    }
    on_each_target([&] { CHECK(error_of(c.apply(form), expected) < 1e-6 + kRounding<TestType>); });
  }
}

TEMPLATE_TEST_CASE("both backward passes are those of double precision to 1e-6", "", float, Bf16) {
  const NormForm form = GENERATE(NormForm::kNormOnly, NormForm::kRelu, NormForm::kAddRelu);
  const bool two_gradients = GENERATE(false, true);
  CAPTURE(static_cast<int>(form), two_gradients);
  for (const Shape& shape : kShapes) {
    CAPTURE(shape.pixels, shape.channels);
    const Case<TestType> c(shape);
    on_each_target([&] {
      const std::vector<TestType> y = c.apply(form);
      std::vector<double> dz;
      std::vector<double> dx;
      std::vector<double> sum(shape.channels);
      std::vector<double> product(shape.channels);
      for (std::int64_t i = 0; i < c.map.numbers(); ++i) {
        const std::int64_t channel = i % shape.channels;
        const double distance = value(c.x[i]) - value(c.mean[channel]);
        const bool passes = form == NormForm::kNormOnly || value(y[i]) > 0;
        dz.push_back(passes ? value(c.dy[i]) + (two_gradients ? value(c.other_dy[i]) : 0) : 0);
        dx.push_back(dz.back() * value(c.scale[channel]) + value(c.x[i]) * value(c.slope[channel]) +
                     value(c.offset[channel]));
        sum[channel] += dz.back();
        product[channel] += dz.back() * distance;
      }

      std::vector<TestType> our_dz(c.map.numbers());
      std::vector<TestType> our_dx(c.map.numbers());
      const bool writes_dz = form == NormForm::kAddRelu || two_gradients;
      const NormGradient<TestType> maps{c.x.data(), y.data(), c.dy.data(), two_gradients ? c.other_dy.data() : nullptr,
                                        writes_dz ? our_dz.data() : nullptr};
      const auto mean = per_column(c.map, c.mean);
      const auto scale = per_column(c.map, c.scale);
      const auto shift = per_column(c.map, c.shift);
      const auto slope = per_column(c.map, c.slope);
      const auto offset = per_column(c.map, c.offset);
      const NormCoefficients coefficients{mean.data(), scale.data(), shift.data(), slope.data(), offset.data()};
      std::vector<float> parts(c.map.size() * 2 * c.map.columns());
      for (std::int64_t i = 0; i < c.map.size(); ++i) {
        float* const part = parts.data() + i * 2 * c.map.columns();
        norm_backward_sums(form, c.map[i], maps, coefficients, part, part + c.map.columns());
        norm_backward_input(form, c.map[i], maps, coefficients, our_dx.data());
      }
      std::vector<double> our_sum(shape.channels);
      std::vector<double> our_product(shape.channels);
      merge_norm_sums(c.map, parts.data(), our_sum.data(), our_product.data());

      CHECK(error_of(our_sum, sum) < 1e-6);
      CHECK(error_of(our_product, product) < 1e-6);
      if (writes_dz) CHECK(error_of(our_dz, dz) < 1e-6 + kRounding<TestType>);
      CHECK(error_of(our_dx, dx) < 1e-6 + 2 * kRounding<TestType>);
    });
  }
}

TEMPLATE_TEST_CASE("the instruction sets agree with one another to a rounding", "", float, Bf16) {
  const Case<TestType> c({777, 100});
  const std::vector<TestType> best = c.apply(NormForm::kAddRelu);
  std::vector<double> expected;
  for (const TestType number : best) expected.push_back(value(number));
  on_each_target([&] { CHECK(error_of(c.apply(NormForm::kAddRelu), expected) < 1e-6 + kRounding<TestType>); });
}

TEST_CASE("what is not a number stays visible, infinity stays infinite, and minus zero becomes zero") {
  const std::vector<float> x = {kNan, -kNan, kInfinity, -kInfinity, -0.0F, -1, 1, 2};
  const std::vector<float> one(64, 1);
  const std::vector<float> zero(64, 0);
  const std::vector<float> dy(x.size(), 1);
  const ChunkedMap map(8, 1);
  on_each_target([&] {
    std::vector<float> y(8);
    norm_apply<float>(NormForm::kRelu, map[0], x.data(), nullptr, one.data(), zero.data(), y.data());
    CHECK(std::isnan(y[0]));
    CHECK(std::isnan(y[1]));
    CHECK(std::vector<float>(y.begin() + 2, y.end()) == std::vector<float>{kInfinity, 0, 0, 0, 1, 2});
    CHECK_FALSE(std::signbit(y[4]));

    // The gradient passes where y is NaN or above zero.
    std::vector<float> sum(64);
    std::vector<float> product(64);
    std::vector<float> dz(8);
    const NormCoefficients coefficients{zero.data(), one.data(), zero.data(), zero.data(), zero.data()};
    norm_backward_sums<float>(NormForm::kAddRelu, map[0], {x.data(), y.data(), dy.data(), nullptr, dz.data()},
                              coefficients, sum.data(), product.data());
    CHECK(dz == std::vector<float>{1, 1, 1, 0, 0, 0, 1, 1});
    CHECK(std::isnan(product[0]));
  });
}

TEST_CASE("a float becomes the nearest bfloat16, the even one of two; NaN stays NaN whatever its bits") {
  const ChunkedMap map(1, 1);
  const float minus_zero = -0.0F;
  // -0 * 1 + exact is exact.
  const auto rounded = [&](float exact) {
    const Bf16 x = 0x8000;
    Bf16 y = 0;
    const float one = 1;
    norm_apply<Bf16>(NormForm::kNormOnly, map[0], &x, nullptr, &one, &exact, &y);
    return y;
  };
  const auto from_bits = [](std::uint32_t bits) { return std::bit_cast<float>(bits); };
  on_each_target([&] {
    CHECK(rounded(1) == 0x3f80);
    CHECK(rounded(from_bits(0x3f807fff)) == 0x3f80);
    CHECK(rounded(from_bits(0x3f808000)) == 0x3f80);  // the middle: down to the even one
    CHECK(rounded(from_bits(0x3f808001)) == 0x3f81);
    CHECK(rounded(from_bits(0x3f818000)) == 0x3f82);  // the middle: up to the even one
    CHECK(rounded(from_bits(0xbf808001)) == 0xbf81);
    CHECK(rounded(std::numeric_limits<float>::max()) == 0x7f80);  // infinity is nearer than the largest bfloat16
    CHECK(rounded(kInfinity) == 0x7f80);
    CHECK(rounded(-kInfinity) == 0xff80);
    CHECK(rounded(minus_zero) == 0x8000);
    CHECK(std::isnan(value(rounded(from_bits(0x7fffffff)))));
    CHECK(std::isnan(value(rounded(from_bits(0xffffffff)))));
    CHECK(std::isnan(value(rounded(from_bits(0x7f800001)))));
  });
}

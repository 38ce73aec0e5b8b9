// SPDX-License-Identifier: MIT
#include "core/fraction.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

#include "core/error.hpp"
#include "core/number.hpp"

namespace resnet {
namespace {

// Counts go up to 10^9 iterations, so that a product stays far inside 64 bits.
constexpr std::int64_t kLargest = 1'000'000'000;

std::int64_t parse_whole(std::string_view digits, std::string_view whole_text) {
  const std::optional<std::int64_t> value = whole_number(digits);
  require(value && *value <= kLargest && !digits.starts_with('-'),  // not that of "-0" either
          "'{}' is not a factor; expected a positive fraction or number such as 1/64, 0.25 or 2", whole_text);
  return *value;
}

}  // namespace

Fraction::Fraction(std::int64_t numerator, std::int64_t denominator) {
  require(numerator > 0 && denominator > 0, "the factor {}/{} is not above 0", numerator, denominator);
  const std::int64_t divisor = std::gcd(numerator, denominator);
  numerator_ = numerator / divisor;
  denominator_ = denominator / divisor;
}

Fraction Fraction::parse(std::string_view text) {
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    return {parse_whole(text.substr(0, slash), text), parse_whole(text.substr(slash + 1), text)};
  }
  const auto point = text.find('.');
  if (point == std::string_view::npos) return {parse_whole(text, text), 1};
  const std::string_view decimals = text.substr(point + 1);
  require(!decimals.empty() && decimals.size() <= 9, "'{}' is not a factor; expected one to nine decimals", text);
  std::int64_t scale = 1;
  for (std::size_t i = 0; i < decimals.size(); ++i) scale *= 10;
  const std::int64_t whole = point == 0 ? 0 : parse_whole(text.substr(0, point), text);
  const Fraction factor(whole * scale + parse_whole(decimals, text), scale);
  require(factor.numerator_ <= kLargest, "'{}' is too fine a factor; expected fewer decimals", text);
  return factor;
}

std::int64_t Fraction::of(std::int64_t count) const {
  const auto product = static_cast<__int128>(count) * numerator_;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>((product + denominator_ / 2) / denominator_));
}

std::string Fraction::text() const {
  return denominator_ == 1 ? fmt::format("{}", numerator_) : fmt::format("{}/{}", numerator_, denominator_);
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace resnet {

/// An exact positive factor such as 1/64, in lowest terms: what `--schedule` multiplies iteration counts by.
class Fraction {
 public:
  Fraction() = default;

  /// Throws Error unless both are positive.
  Fraction(std::int64_t numerator, std::int64_t denominator);

  /// Reads "1/64", "0.25" or "2". Throws Error for anything else, and for 0, negative or absurdly fine factors.
  static Fraction parse(std::string_view text);

  /// count times the factor, rounded to nearest; never below 1.
  std::int64_t of(std::int64_t count) const;

  /// "1/64", or "2" for a whole number. `parse` reads it back.
  std::string text() const;

  double value() const { return static_cast<double>(numerator_) / static_cast<double>(denominator_); }
  bool is_one() const { return numerator_ == denominator_; }
  bool operator==(const Fraction&) const = default;

 private:
  std::int64_t numerator_ = 1;
  std::int64_t denominator_ = 1;
};

}  // namespace resnet

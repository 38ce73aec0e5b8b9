// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

namespace resnet {

/// When the learning rate is divided by 10, where no counts of iterations say it beforehand.
///
/// Paper    Section 3.4: "divided by 10 when the error plateaus".
/// Units    gain_points in percentage points of the test error.
/// Differs  The paper does not say when an error plateaus. Here it is the error of the centre crop at every check (a
///          recipe's `evaluate_every`), on the images whose error is reported too, and a plateau is `checks` of them in
///          a row without a gain. A gain is an error that lies at least `gain_points` below that of the last gain, so
///          that many small ones add up to one. The checks are counted anew after a drop, and after `most_drops` of
///          them the rate stays.
struct PlateauRule {
  std::int64_t checks = 0;  ///< 0: no rule.
  double gain_points = 0;
  std::int64_t most_drops = 0;

  bool operator==(const PlateauRule&) const = default;
};

/// How often the rate has been divided after these errors, in order; a function of the log, so that it resumes exactly.
///
/// An error that is not a number is no gain.
std::int64_t plateau_drops(const PlateauRule& rule, std::span<const double> errors_percent);

}  // namespace resnet

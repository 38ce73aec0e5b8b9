// SPDX-License-Identifier: MIT
#include "experiment/results.hpp"

#include <cmath>

#include "core/error.hpp"
#include "support/catch.hpp"

using resnet::is_above;
using resnet::Statistics;
using resnet::statistics_of;
using resnet::Verdict;

TEST_CASE("the deviation over seeds is that of n - 1, as in Table 6") {
  const Statistics s = statistics_of({6.43, 6.61, 6.70, 6.55, 6.76});
  CHECK(s.mean == Approx(6.61));
  CHECK(s.deviation == Approx(std::sqrt(0.0666 / 4)).epsilon(1e-9));  // by hand
  CHECK(s.least == 6.43);
  CHECK(s.count == 5);
  CHECK(statistics_of({8.75}).deviation == 0);
  CHECK_THROWS_AS(statistics_of({}), resnet::Error);
}

TEST_CASE("single runs closer than seeds are to each other decide nothing") {
  const auto one = [](double error) { return statistics_of({error}); };
  CHECK(is_above(one(8.75), one(7.51)) == Verdict::kHolds);
  CHECK(is_above(one(7.51), one(8.75)) == Verdict::kFails);
  // Two deviations of a difference of single runs are 2 * sqrt(2) * 0.16 = 0.4525 points.
  CHECK(is_above(one(7.45), one(7.0)) == Verdict::kUndecided);
  CHECK(is_above(one(7.0), one(7.45)) == Verdict::kUndecided);
  CHECK(is_above(one(7.46), one(7.0)) == Verdict::kHolds);
}

TEST_CASE("more seeds decide a smaller difference, a wider spread a larger one") {
  CHECK(is_above(statistics_of({7.4, 7.4, 7.4, 7.4}), statistics_of({7.0, 7.0, 7.0, 7.0})) == Verdict::kHolds);
  CHECK(is_above(statistics_of({8.0, 9.0}), statistics_of({7.4, 8.4})) == Verdict::kUndecided);
}

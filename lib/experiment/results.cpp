// SPDX-License-Identifier: MIT
#include "experiment/results.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "paper/cifar.hpp"

namespace resnet {
namespace {

Statistics statistics_over(const std::vector<RunResult>& runs, double RunResult::* error) {
  std::vector<double> values;
  for (const RunResult& run : runs) values.push_back(run.*error);
  return statistics_of(values);
}

}  // namespace

Statistics statistics_of(const std::vector<double>& values) {
  require(!values.empty(), "the statistics of no values were asked for");
  Statistics s;
  s.count = static_cast<std::int64_t>(values.size());
  const auto n = static_cast<double>(values.size());
  s.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  s.least = *std::min_element(values.begin(), values.end());
  if (values.size() > 1) {
    double squares = 0;
    for (const double value : values) squares += (value - s.mean) * (value - s.mean);
    s.deviation = std::sqrt(squares / (n - 1));
  }
  return s;
}

Statistics NetResult::test_error() const { return statistics_over(runs, &RunResult::test_error_percent); }

Statistics NetResult::training_error() const { return statistics_over(runs, &RunResult::training_error_percent); }

std::string verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds:
      return "holds";
    case Verdict::kFails:
      return "does not hold";
    case Verdict::kUndecided:
      return "undecided";
    case Verdict::kOpen:
      return "open";
  }
  fail("unknown verdict");
}

Verdict is_above(const Statistics& higher, const Statistics& lower) {
  const auto variance = [](const Statistics& s) {
    const double deviation = std::max(s.deviation, paper::kSeedDeviationPercent);
    return deviation * deviation / static_cast<double>(s.count);
  };
  const double difference = higher.mean - lower.mean;
  if (std::abs(difference) < 2 * std::sqrt(variance(higher) + variance(lower))) return Verdict::kUndecided;
  return difference > 0 ? Verdict::kHolds : Verdict::kFails;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "experiment/depth_claims.hpp"

#include <fmt/format.h>

#include "paper/cifar.hpp"

namespace resnet {

namespace {

void expect_lower_test_error(Report& report, const NetResult& lower, const NetResult& higher) {
  report.expect_higher_test_error(fmt::format("{} has a lower test error than {}", lower.name(), higher.name()), higher,
                                  lower);
}

}  // namespace

void expect_gains_from_depth(Report& report) {
  const Nets nets = report.family(Family::kResidual);
  for (std::size_t i = 1; i < nets.size(); ++i) {
    if (nets[i]->model.depth <= paper::kDeepestGain) {
      expect_lower_test_error(report, *nets[i], *nets[i - 1]);
    } else {
      report.expect_higher_test_error(
          fmt::format("{} has a higher test error than {}", nets[i]->name(), nets[i - 1]->name()), *nets[i],
          *nets[i - 1]);
    }
  }
  // Neighbours may be closer than seeds are to each other, in the paper too: the ends are not.
  for (const std::int64_t depth : {std::int64_t{56}, paper::kDeepestGain}) {
    expect_lower_test_error(report, report.find(Family::kResidual, depth), report.find(Family::kResidual, 20));
  }
}

}  // namespace resnet

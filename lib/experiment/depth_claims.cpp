// SPDX-License-Identifier: MIT
#include "experiment/depth_claims.hpp"

#include "core/error.hpp"
#include "paper/cifar.hpp"

namespace resnet {

void expect_gains_from_depth(Report& report) {
  const auto nets = report.family(Family::kResidual);
  for (std::size_t i = 1; i < nets.size(); ++i) {
    const NetResult& shallow = *nets[i - 1];
    const NetResult& deep = *nets[i];
    const bool gains = deep.model.depth <= paper::kDeepestGain;
    report.expect_higher_test_error(
        fmt::format("{} has a {} test error than {}", deep.name(), gains ? "lower" : "higher", shallow.name()),
        gains ? shallow : deep, gains ? deep : shallow);
  }
}

}  // namespace resnet

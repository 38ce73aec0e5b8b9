// SPDX-License-Identifier: MIT
#pragma once

#include "experiment/report.hpp"

namespace resnet {

/// Expects what Section 4.2 says of the ResNets of this report, each beside the next deeper one, and 56 and 110 layers
/// beside 20: the test error falls with depth up to 110 layers, and is higher again at 1202.
void expect_gains_from_depth(Report& report);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include "cli/progress.hpp"
#include "prepare/prepare_cifar10.hpp"

namespace resnet {

/// Shows what is done on a line that outlives it, and remarks as lines that stay.
Progress show_on(ProgressLine& line);

}  // namespace resnet

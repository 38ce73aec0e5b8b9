// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace resnet {

/// "11,689,512": a count with a comma before every three digits.
std::string with_separators(std::int64_t count);

}  // namespace resnet

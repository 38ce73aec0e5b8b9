// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>

namespace resnet {

/// The weighted layers of the ImageNet nets (Table 1).
inline constexpr std::array<std::int64_t, 5> kImageNetDepths = {18, 34, 50, 101, 152};

}  // namespace resnet

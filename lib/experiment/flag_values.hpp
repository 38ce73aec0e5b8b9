// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace resnet {

/// The most that a count on the command line may be.
inline constexpr std::int64_t kLargestCount = 1'000'000'000;

/// Counts between commas, or `none`. Throws Error for anything else.
std::vector<std::int64_t> parse_counts(const std::string& text);

/// Numbers from 0 to 1e6 between commas. Throws Error for anything else.
std::vector<double> parse_numbers(const std::string& text);

}  // namespace resnet

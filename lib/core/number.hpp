// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace resnet {

/// The number that the text is, and nothing else; nothing if it is none, or not finite.
std::optional<double> finite_number(std::string_view text);

/// The whole number that the text is, in decimal digits and nothing else but a minus sign; nothing if it is none, or
/// needs more than 64 bits.
std::optional<std::int64_t> whole_number(std::string_view text);

/// The numbers between commas that the text is, at least one, and nothing else; nothing if it is no such list. Whoever
/// asks has bounds for them: `inf` and `nan` are numbers here.
std::optional<std::vector<double>> numbers_between_commas(std::string_view text);

}  // namespace resnet

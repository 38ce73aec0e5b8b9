// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace resnet {

/// The number that the text is, and nothing else; nothing if it is none, or not finite.
std::optional<double> finite_number(std::string_view text);

/// The whole number that the text is, in decimal digits and nothing else but a minus sign; nothing if it is none, or
/// needs more than 64 bits.
std::optional<std::int64_t> whole_number(std::string_view text);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace resnet {

/// The number that the text is, and nothing else; nothing if it is none, or not finite.
std::optional<double> finite_number(std::string_view text);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace resnet {

/// The lines of a text, empty ones too; a line end after the last one begins none. What Windows adds is no part of
/// them: a carriage return at the end of each, and a byte order mark before the first.
std::vector<std::string> lines_of(const std::string& text);

}  // namespace resnet

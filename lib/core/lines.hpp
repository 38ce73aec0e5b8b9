// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace resnet {

/// The lines of a text, empty ones too; a line end after the last one begins none.
std::vector<std::string> lines_of(const std::string& text);

}  // namespace resnet

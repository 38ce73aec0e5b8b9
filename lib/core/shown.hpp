// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace resnet {

/// Text from a file, fit for a message: at most 100 bytes of it, each that is not printable ASCII as '?'.
///
/// A file can hold a name of a gigabyte, or one that moves the terminal's cursor.
std::string shown(std::string_view text);

/// The whole text, each control character as '?'.
std::string without_controls(std::string text);

/// The same with its line breaks and tabs, fit for a terminal: those control characters that UTF-8 writes in two bytes
/// become '?' too.
std::string for_terminal(std::string text);

}  // namespace resnet

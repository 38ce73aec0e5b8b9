// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace resnet {

/// Whether the text is UTF-8, as the Unicode standard has it: no overlong forms, no surrogates, nothing above U+10FFFF.
///
/// A path and a word of a command line may be any bytes; JSON, and so the words in a file of weights, may not.
bool is_utf8(std::string_view text);

/// The text with each byte that is not part of UTF-8 replaced by U+FFFD; one that is UTF-8 stays as it is.
std::string as_utf8(std::string_view text);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace resnet {

/// Writes to standard output, at once. That a reader has enough, as `head` does, is no error.
///
/// Throws Error if standard output is closed or its disk is full.
void print_text(std::string_view text);

/// Writes to standard error, at once. Never throws: no work must end because nobody can read about it.
void tell_text(std::string_view text) noexcept;

/// What a program is asked for, formatted: `print_text`.
template <typename... Args>
void print(fmt::format_string<Args...> text, Args&&... args) {
  print_text(fmt::format(text, std::forward<Args>(args)...));
}

/// What a person may want to know beside it, formatted: `tell_text`.
template <typename... Args>
void tell(fmt::format_string<Args...> text, Args&&... args) {
  tell_text(fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace resnet

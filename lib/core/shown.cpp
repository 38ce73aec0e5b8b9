// SPDX-License-Identifier: MIT
#include "core/shown.hpp"

#include <algorithm>

namespace resnet {

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 100;
  std::string result(text.substr(0, kMost));
  std::ranges::replace_if(result, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text.size() > kMost ? result + "..." : result;
}

std::string without_controls(std::string text) {
  std::ranges::replace_if(text, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, '?');
  return text;
}

}  // namespace resnet

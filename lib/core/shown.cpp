// SPDX-License-Identifier: MIT
#include "core/shown.hpp"

#include <algorithm>

namespace resnet {
namespace {

bool is_control(char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }

}  // namespace

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 100;
  std::string result(text.substr(0, kMost));
  std::ranges::replace_if(result, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text.size() > kMost ? result + "..." : result;
}

std::string without_controls(std::string text) {
  std::ranges::replace_if(text, is_control, '?');
  return text;
}

std::string for_terminal(std::string text) {
  std::ranges::replace_if(text, [](char c) { return is_control(c) && c != '\n' && c != '\t'; }, '?');
  for (std::size_t i = 1; i < text.size(); ++i) {  // U+0080 to U+009F, of which terminals take one for ESC [
    const auto byte = static_cast<unsigned char>(text[i]);
    if (text[i - 1] == '\xc2' && byte >= 0x80 && byte < 0xa0) text[i - 1] = text[i] = '?';
  }
  return text;
}

}  // namespace resnet

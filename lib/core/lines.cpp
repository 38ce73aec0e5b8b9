// SPDX-License-Identifier: MIT
#include "core/lines.hpp"

#include <sstream>
#include <string_view>

namespace resnet {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  std::istringstream in(text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text);
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

}  // namespace resnet

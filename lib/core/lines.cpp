// SPDX-License-Identifier: MIT
#include "core/lines.hpp"

#include <sstream>

namespace resnet {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace resnet

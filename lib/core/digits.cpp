// SPDX-License-Identifier: MIT
#include "core/digits.hpp"

namespace resnet {

std::string with_separators(std::int64_t count) {
  std::string digits = std::to_string(count);
  const std::int64_t first = count < 0 ? 1 : 0;
  for (auto at = static_cast<std::int64_t>(digits.size()) - 3; at > first; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return digits;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "core/out_of_memory.hpp"

#include <algorithm>
#include <array>

namespace resnet {

bool is_out_of_memory(std::string_view what) {
  constexpr std::array<std::string_view, 3> kWords = {"can't allocate memory", "out of memory", "std::bad_alloc"};
  return std::ranges::any_of(kWords, [&](auto words) { return what.find(words) != std::string_view::npos; });
}

}  // namespace resnet

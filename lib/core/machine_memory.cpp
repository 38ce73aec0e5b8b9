// SPDX-License-Identifier: MIT
#include "core/machine_memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <string>

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

std::size_t physical_memory() {
  return static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::size_t>(::sysconf(_SC_PAGE_SIZE));
}

// A missing file, and the word "max", leave no number to read.
std::size_t limit_in(const fs::path& file) {
  std::ifstream in(file);
  std::string text;
  in >> text;
  std::size_t bytes = kNoLimit;
  std::from_chars(text.data(), text.data() + text.size(), bytes);
  return bytes;
}

// In a container the group may stand at the root, though it has the name that the host gives it: both are looked at.
std::size_t least_limit(const fs::path& root, const fs::path& group, const char* file) {
  std::size_t least = limit_in(root / file);
  for (fs::path part = group; !part.empty(); part = part.parent_path()) {
    least = std::min(least, limit_in(root / part / file));
  }
  return least;
}

}  // namespace

std::size_t machine_memory(const fs::path& proc, const fs::path& groups) {
  fs::path unified_group;  // version 2: one group for all
  fs::path memory_group;   // version 1: a group for each controller
  std::ifstream in(proc / "self" / "cgroup");
  for (std::string line; std::getline(in, line);) {  // number:controllers:/group, without controllers in version 2
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const fs::path group = fs::path(line.substr(second + 1)).relative_path();
    if (controllers == ",,") unified_group = group;
    if (controllers.find(",memory,") != std::string::npos) memory_group = group;
  }
  return std::min({physical_memory(), least_limit(groups, unified_group, "memory.max"),
                   least_limit(groups / "memory", memory_group, "memory.limit_in_bytes")});
}

}  // namespace resnet

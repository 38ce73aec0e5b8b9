// SPDX-License-Identifier: MIT
#include "core/names.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/lines.hpp"
#include "core/shown.hpp"
#include "core/utf8.hpp"

namespace resnet {
namespace {

constexpr std::uintmax_t kLargestList = 64 << 20;

/// Whether this is UTF-8 without a control character, of C1 either: in UTF-8 these are 0xc2 and a byte below 0xa0.
bool is_printable(std::string_view text) {
  if (!is_utf8(text) || text.starts_with("\xef\xbb\xbf")) return false;  // a byte order mark would be lost in a list
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    if (byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
  }
  return true;
}

}  // namespace

void check_name(std::string_view name, const std::string& where) {
  require(is_printable(name), "{}: holds the name '{}', which is no printable UTF-8; rename it", where, shown(name));
  require(name.empty() || name.find_first_not_of(' ') != std::string_view::npos,
          "{}: holds the name '{}', which is of blanks alone; rename it", where, name);
}

std::vector<std::string> class_names_in(const std::string& text, const std::string& where) {
  std::vector<std::string> names = lines_of(text);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string line = fmt::format("{}: line {}", where, i + 1);
    require(!names[i].empty(),
            "{}: is empty, expected the name of a class; where the list was made, remove the line or name the class",
            line);
    check_name(names[i], line);
  }
  return names;
}

std::vector<std::string> read_class_names(const std::filesystem::path& file) {
  return class_names_in(read_file(file, kLargestList), file.string());
}

}  // namespace resnet

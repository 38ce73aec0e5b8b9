// SPDX-License-Identifier: MIT
#include "format/tar.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "core/error.hpp"
#include "core/shown.hpp"

namespace resnet {
namespace {

constexpr std::size_t kBlock = kTarHeader;                 // files are padded to whole ones
constexpr std::string_view kFactsName = "././@PaxHeader";  // Python's, of what it says before a file
constexpr std::array<std::string_view, 7> kHarmlessFacts = {"mtime", "atime", "ctime", "uid", "gid", "uname", "gname"};

// Where the fields of a header stand.
std::string_view name_field(std::string_view header) { return header.substr(0, 100); }
std::string_view size_field(std::string_view header) { return header.substr(124, 12); }
std::string_view checksum_field(std::string_view header) { return header.substr(148, 8); }
char kind_field(std::string_view header) { return header[156]; }
std::string_view prefix_field(std::string_view header) { return header.substr(345, 155); }

std::string_view up_to_zero(std::string_view field) { return field.substr(0, field.find('\0')); }

/// The sum of a header's bytes, its checksum's own counted as blanks. Some programs took bytes for signed ones.
template <typename Byte>
std::int64_t sum_of(std::string_view header) {
  std::int64_t sum = 8 * ' ';
  for (const char c : header) sum += static_cast<Byte>(c);
  for (const char c : checksum_field(header)) sum -= static_cast<Byte>(c);
  return sum;
}

/// A number in octal digits, with blanks around it.
std::optional<std::int64_t> octal(std::string_view field) {
  field = up_to_zero(field);
  while (field.starts_with(' ')) field.remove_prefix(1);
  while (field.ends_with(' ')) field.remove_suffix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number, 8);
  const bool is_one = error == std::errc() && end == field.data() + field.size() && number >= 0;
  return is_one ? std::optional(number) : std::nullopt;
}

/// What a reader that is less strict may take the checksum for, without its sign: octal digits among whatever else, or
/// bytes.
std::int64_t loose_checksum(std::string_view field) {
  std::int64_t number = 0;
  const auto first = static_cast<unsigned char>(field[0]);
  if (first == 0x80 || first == 0xff) {
    for (const char c : field.substr(1)) number = number * 256 + static_cast<unsigned char>(c);
    return first == 0x80 ? number : (std::int64_t{1} << 56) - number;
  }
  for (const char c : up_to_zero(field)) {
    if (c >= '0' && c <= '7') number = number * 8 + (c - '0');
  }
  return number;
}

/// Records of "LENGTH KEY=VALUE\n", the length being that of the whole record. They belong to the file that follows.
void check_facts(std::string_view records, const std::string& what) {
  while (!records.empty()) {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
    const auto digits = static_cast<std::size_t>(end - records.data());
    require(error == std::errc() && length > digits + 1 && length <= records.size() && records[digits] == ' ' &&
                records[length - 1] == '\n',
            "{}: is no sound tar: facts on a file in it are broken", what);
    const std::string_view fact = records.substr(digits + 1, length - digits - 2);
    const std::size_t equals = fact.find('=');
    const std::string_view key = fact.substr(0, equals);
    require(equals != std::string_view::npos && std::ranges::find(kHarmlessFacts, key) != kHarmlessFacts.end(),
            "{}: says '{}' of a file in it, where only times and owners are read", what, shown(key));
    records.remove_prefix(length);
  }
}

}  // namespace

bool is_tar(std::string_view bytes) {
  if (bytes.size() < kBlock) return false;
  const std::string_view header = bytes.substr(0, kBlock);
  const std::int64_t said = loose_checksum(checksum_field(header));
  return said == std::abs(sum_of<unsigned char>(header)) || said == std::abs(sum_of<signed char>(header));
}

std::map<std::string_view, std::string_view> read_tar(std::string_view bytes, std::span<const std::string_view> names,
                                                      const std::string& what) {
  std::map<std::string_view, std::string_view> files;
  const auto is_zero = [](std::string_view part) {
    return std::ranges::all_of(part, [](char c) { return c == '\0'; });
  };
  while (!bytes.empty()) {
    require(bytes.size() >= kBlock, "{}: is cut off", what);
    const std::string_view header = bytes.substr(0, kBlock);
    if (is_zero(header)) break;
    bytes.remove_prefix(kBlock);
    require(octal(checksum_field(header)) == sum_of<unsigned char>(header),
            "{}: is no sound tar: a header's checksum is wrong", what);
    const auto size = octal(size_field(header));
    require(size && static_cast<std::uint64_t>(*size) <= bytes.size(), "{}: is cut off, or a size in it is wrong",
            what);
    const std::string_view content = bytes.substr(0, static_cast<std::size_t>(*size));
    const std::size_t whole = std::min(bytes.size(), (content.size() + kBlock - 1) / kBlock * kBlock);
    require(is_zero(bytes.substr(content.size(), whole - content.size())),
            "{}: is no sound tar: something stands behind the end of a file in it", what);
    bytes.remove_prefix(whole);

    const std::string_view name = up_to_zero(name_field(header));
    require(is_zero(prefix_field(header)), "{}: '{}' in it is in a folder", what, shown(name));
    if (kind_field(header) == 'x' && name == kFactsName) {
      check_facts(content, what);
      continue;
    }
    require(kind_field(header) == '0', "{}: '{}' in it is no plain file", what, shown(name));
    const auto known = std::ranges::find(names, name);
    require(known != names.end(), "{}: has a file '{}' in it, expected {} alone", what, shown(name),
            fmt::join(names, ", "));
    require(files.emplace(*known, content).second, "{}: '{}' is there twice", what, name);
  }
  for (const std::string_view name : names) {
    require(files.contains(name), "{}: is a tar, but has no '{}' in it; expected one of torch.save", what, name);
  }
  return files;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "experiment/flag_values.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/shown.hpp"

namespace resnet {
namespace {

/// Whether an INI file gives the text back: its reader cuts a line at '#' and trims what is left.
bool fits_ini(const std::string& text) {
  const auto is_special = [](char c) { return c == '#' || static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  return std::ranges::none_of(text, is_special) && !text.ends_with(' ');
}

}  // namespace

void refuse_together(const Options& options, const std::string& flag, const std::string& other) {
  if (options.given(flag) && options.given(other)) {
    options.reject(flag, fmt::format("cannot be given together with --{}; leave one of them out", other));
  }
}

void refuse(const Options& options, const std::optional<RecipeFault>& fault) {
  if (!fault) return;
  auto flag = std::ranges::find_if(fault->flags, [&](const auto& name) { return options.is_from_file(name); });
  if (flag == fault->flags.end()) {
    flag = std::ranges::find_if(fault->flags, [&](const auto& name) { return options.given(name); });
  }
  options.reject(flag == fault->flags.end() ? fault->flags.front() : *flag, fault->reason);
}

std::filesystem::path path_for_ini(const Options& options, const std::string& flag) {
  const std::filesystem::path path = std::filesystem::absolute(options.path(flag));
  if (!fits_ini(path)) {
    options.reject(flag, fmt::format("'{}' has a '#' or a control character in it, or a blank at its end, and no "
                                     "recipe.ini can hold that; rename it, or give a link to it",
                                     shown(path.string())));
  }
  return path;
}

std::vector<std::int64_t> parse_counts(const std::string& text) {
  std::vector<std::int64_t> counts;
  if (text == "none") return counts;
  for (const std::string& part : split_list(text)) counts.push_back(parse_integer(part, 1, kLargestCount));
  return counts;
}

std::vector<double> parse_numbers(const std::string& text) {
  std::vector<double> numbers;
  for (const std::string& part : split_list(text)) numbers.push_back(parse_number(part, 0, 1e6));
  return numbers;
}

}  // namespace resnet

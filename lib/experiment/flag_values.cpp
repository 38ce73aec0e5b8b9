// SPDX-License-Identifier: MIT
#include "experiment/flag_values.hpp"

#include "cli/options.hpp"

namespace resnet {

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

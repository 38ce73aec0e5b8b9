// SPDX-License-Identifier: MIT
#include "core/number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

namespace resnet {
namespace {

template <typename T>
std::optional<T> number_in(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<double> finite_number(std::string_view text) {
  const auto value = number_in<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::int64_t> whole_number(std::string_view text) { return number_in<std::int64_t>(text); }

std::optional<std::vector<double>> numbers_between_commas(std::string_view text) {
  std::vector<double> numbers;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    const auto number = number_in<double>(text.substr(start, comma - start));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    start = comma + 1;
  }
  return numbers;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "core/number.hpp"

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

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace resnet {

/// Reads JSON that may come from anywhere. What is no JSON, has a value inside more than 100 arrays and objects, or
/// keys that take more than 50 million comparisons, becomes a discarded value: neither object nor array nor anything
/// else that a caller could ask for.
///
/// The first limit is for all that is done with the value later: to copy, compare or print one calls itself at each
/// level. The second is for the order in which keys are kept: each is compared with those before it in its object. One
/// object of 10,000 keys is just read, and so are half a million objects of 14.
nlohmann::ordered_json parse_json(std::string_view text);

/// The same with sorted keys, of which there may be any number.
nlohmann::json parse_large_json(std::string_view text);

/// The field of that name as text, truth, whole number or number; nothing if `object` is no object, lacks it, or has it
/// of another type or beyond the range of this one.
///
/// Differs  nlohmann's own value() throws an error that names no file where the type is another, and its get() turns
///          1.5 and true into 1.
template <typename T>
std::optional<T> field_of(const nlohmann::ordered_json& object, const char* name) {
  if (!object.is_object()) return std::nullopt;
  const auto field = object.find(name);
  if (field == object.end()) return std::nullopt;
  if constexpr (std::same_as<T, std::string>) {
    if (!field->is_string()) return std::nullopt;
  } else if constexpr (std::same_as<T, bool>) {
    if (!field->is_boolean()) return std::nullopt;
  } else if constexpr (std::same_as<T, std::uint64_t>) {
    if (!field->is_number_unsigned()) return std::nullopt;
  } else if constexpr (std::same_as<T, std::int64_t>) {
    if (!field->is_number_integer()) return std::nullopt;
    if (field->is_number_unsigned() && !std::in_range<T>(field->template get<std::uint64_t>())) return std::nullopt;
  } else {
    static_assert(std::same_as<T, double>);
    if (!field->is_number()) return std::nullopt;
  }
  return field->template get<T>();
}

}  // namespace resnet

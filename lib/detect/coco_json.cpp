// SPDX-License-Identifier: MIT
#include "detect/coco_json.hpp"

#include <cmath>
#include <limits>

namespace resnet {

const nlohmann::json& CocoEntry::field(const char* name, const char* expected) const {
  if (!has(name)) reject("has no \"{}\", expected {}", name, expected);
  return json_.at(name);
}

std::int64_t CocoEntry::integer(const char* name) const {
  const nlohmann::json& value = field(name, "a whole number");
  const bool fits = value.is_number_integer() &&
                    (!value.is_number_unsigned() || std::in_range<std::int64_t>(value.get<std::uint64_t>()));
  if (!fits) reject("\"{}\" is no whole number", name);
  return value.get<std::int64_t>();
}

double CocoEntry::number(const char* name) const {
  const nlohmann::json& value = field(name, "a number");
  if (!value.is_number()) reject("\"{}\" is no number", name);
  return value.get<double>();
}

std::string CocoEntry::text(const char* name) const {
  const nlohmann::json& value = field(name, "a text");
  if (!value.is_string()) reject("\"{}\" is no text", name);
  return value.get<std::string>();
}

Box CocoEntry::box(const char* name) const {
  constexpr const char* kExpected = "[left, top, width, height] in pixels";
  const nlohmann::json& value = field(name, kExpected);
  if (!value.is_array() || value.size() != 4) reject("\"{}\" is no list of four, expected {}", name, kExpected);
  double sides[4];
  for (std::size_t i = 0; i < 4; ++i) {
    if (!value[i].is_number()) reject("\"{}\" holds what is no number, expected {}", name, kExpected);
    sides[i] = value[i].get<double>();
    if (!(std::abs(sides[i]) <= 1e6)) reject("\"{}\" holds {}, expected {}", name, sides[i], kExpected);
  }
  if (sides[2] < 0 || sides[3] < 0) reject("\"{}\" has a width or height below 0, expected {}", name, kExpected);
  return {sides[0], sides[1], sides[2], sides[3]};
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "detect/coco_entry.hpp"

#include <cmath>
#include <limits>

#include "core/json.hpp"
#include "core/names.hpp"

namespace resnet {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();  // within no bounds

}  // namespace

nlohmann::json parse_coco_json(std::string_view text, const std::string& file) {
  nlohmann::json json = parse_large_json(text);
  require(!json.is_discarded(), "{}: is no JSON, or is nested more than 100 times; is it whole?", file);
  return json;
}

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

std::string CocoEntry::text_or_none(const char* name) const {
  return has(name) && json_.at(name).is_string() ? json_.at(name).get<std::string>() : "";
}

double CocoEntry::number(const char* name, double least, double most) const {
  const nlohmann::json& value = field(name, "a number");
  const double number = value.is_number() ? value.get<double>() : kNone;
  if (!(number >= least && number <= most)) reject("\"{}\" is no number from {} to {}", name, least, most);
  return number;
}

std::string CocoEntry::name() const {
  const nlohmann::json& value = field("name", "that of a class");
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) reject("\"name\" is no text, or an empty one");
  check_name(value.get_ref<const std::string&>(), where());
  return value.get<std::string>();
}

bool CocoEntry::truth(const char* name) const {
  const nlohmann::json& value = field(name, "0 or 1");
  if (value.is_boolean()) return value.get<bool>();
  if (!value.is_number_integer() || (value != 0 && value != 1)) reject("\"{}\" is neither 0 nor 1", name);
  return value == 1;
}

Box CocoEntry::box(const char* name) const {
  constexpr const char* kExpected = "[left, top, width, height] in pixels, each from -1e6 to 1e6";
  const nlohmann::json& value = field(name, kExpected);
  if (!value.is_array() || value.size() != 4) reject("\"{}\" is no list of four, expected {}", name, kExpected);
  double sides[4];
  for (std::size_t i = 0; i < 4; ++i) {
    sides[i] = value[i].is_number() ? value[i].get<double>() : kNone;
    if (!(std::abs(sides[i]) <= 1e6)) reject("\"{}\" holds what is no such number, expected {}", name, kExpected);
  }
  if (sides[2] < 0 || sides[3] < 0) reject("\"{}\" has a width or height below 0, expected {}", name, kExpected);
  return {sides[0], sides[1], sides[2], sides[3]};
}

}  // namespace resnet

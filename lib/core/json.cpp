// SPDX-License-Identifier: MIT
#include "core/json.hpp"

#include <array>
#include <limits>

namespace resnet {
namespace {

constexpr std::size_t kDeepest = 100;
constexpr std::size_t kMostSearchedKeys = 10'000;

/// Whether brackets outside of strings open too many levels, or an object has more keys than `most_keys`; looked at
/// before parsing, since the parser's own callback looks through all neighbours of a value each time one ends.
bool is_too_much(std::string_view text, std::size_t most_keys) {
  std::array<std::size_t, kDeepest + 1> keys = {};  // of the object at each level
  std::size_t depth = 0;
  bool is_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') is_string = !is_string;
    if (is_string && c == '\\') ++i;  // what follows is escaped
    if (is_string) continue;
    if (c == '{' || c == '[') {
      if (++depth > kDeepest) return true;
      keys[depth] = 0;
    }
    if ((c == '}' || c == ']') && depth > 0) --depth;
    if (c == ':' && ++keys[depth] > most_keys) return true;
  }
  return false;
}

template <typename Json>
Json parse(std::string_view text, std::size_t most_keys) {
  if (is_too_much(text, most_keys)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

}  // namespace

nlohmann::ordered_json parse_json(std::string_view text) {
  return parse<nlohmann::ordered_json>(text, kMostSearchedKeys);
}

nlohmann::json parse_large_json(std::string_view text) {
  return parse<nlohmann::json>(text, std::numeric_limits<std::size_t>::max());
}

}  // namespace resnet

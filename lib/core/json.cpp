// SPDX-License-Identifier: MIT
#include "core/json.hpp"

#include <array>
#include <limits>

namespace resnet {
namespace {

constexpr std::size_t kDeepest = 100;
constexpr std::size_t kMostComparisons = 50'000'000;  // those of one object of 10,000 keys

/// Whether brackets outside of strings open too many levels, or the keys of the objects are compared more often than
/// `most`, where each is with all before it; looked at before parsing, since the parser's own callback looks through
/// all neighbours of a value each time one ends.
bool is_too_much(std::string_view text, std::size_t most) {
  std::array<std::size_t, kDeepest + 1> keys = {};  // of the object at each level
  std::size_t comparisons = 0;                      // in all objects
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
    if (c == ':' && (comparisons += keys[depth]++) > most) return true;
  }
  return false;
}

template <typename Json>
Json parse(std::string_view text, std::size_t most_comparisons) {
  if (is_too_much(text, most_comparisons)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

}  // namespace

nlohmann::ordered_json parse_json(std::string_view text) {
  return parse<nlohmann::ordered_json>(text, kMostComparisons);
}

nlohmann::json parse_large_json(std::string_view text) {
  return parse<nlohmann::json>(text, std::numeric_limits<std::size_t>::max());
}

}  // namespace resnet

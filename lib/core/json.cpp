// SPDX-License-Identifier: MIT
#include "core/json.hpp"

namespace resnet {
namespace {

constexpr int kDeepest = 100;

/// Whether brackets outside of strings open so many levels; looked at before parsing, since the parser's own callback
/// looks through all neighbours of a value each time one ends.
bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool is_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') is_string = !is_string;
    if (is_string && c == '\\') ++i;  // what follows is escaped
    if (is_string) continue;
    if ((c == '{' || c == '[') && ++depth > kDeepest) return true;
    if (c == '}' || c == ']') --depth;
  }
  return false;
}

template <typename Json>
Json parse(std::string_view text) {
  if (is_too_deep(text)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

}  // namespace

nlohmann::ordered_json parse_json(std::string_view text) { return parse<nlohmann::ordered_json>(text); }

nlohmann::json parse_large_json(std::string_view text) { return parse<nlohmann::json>(text); }

}  // namespace resnet

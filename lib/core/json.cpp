// SPDX-License-Identifier: MIT
#include "core/json.hpp"

namespace resnet {
namespace {

constexpr int kDeepest = 100;

struct TooDeep {};

template <typename Json>
Json parse(std::string_view text) {
  // Thrown through the parser: its callback's answer would only leave the deep part out.
  const auto check_depth = [](int depth, typename Json::parse_event_t, const Json&) {
    return depth <= kDeepest ? true : throw TooDeep();
  };
  try {
    return Json::parse(text, check_depth, /*allow_exceptions=*/false);
  } catch (const TooDeep&) {
    return Json(Json::value_t::discarded);
  }
}

}  // namespace

nlohmann::ordered_json parse_json(std::string_view text) { return parse<nlohmann::ordered_json>(text); }

nlohmann::json parse_large_json(std::string_view text) { return parse<nlohmann::json>(text); }

}  // namespace resnet

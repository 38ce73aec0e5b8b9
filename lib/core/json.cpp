// SPDX-License-Identifier: MIT
#include "core/json.hpp"

namespace resnet {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepest = 100;

struct TooDeep {};

}  // namespace

Json parse_json(std::string_view text) {
  // Thrown through the parser: its callback's answer would only leave the deep part out.
  const auto check_depth = [](int depth, Json::parse_event_t, const Json&) {
    return depth <= kDeepest ? true : throw TooDeep();
  };
  try {
    return Json::parse(text, check_depth, /*allow_exceptions=*/false);
  } catch (const TooDeep&) {
    return Json(Json::value_t::discarded);
  }
}

}  // namespace resnet

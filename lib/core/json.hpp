// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

namespace resnet {

/// Reads JSON that may come from anywhere. What is no JSON, or has a value inside more than 100 arrays and objects,
/// becomes a discarded value: neither object nor array nor anything else that a caller could ask for.
///
/// The limit is for all that is done with the value later: to copy, compare or print one calls itself at each level.
nlohmann::ordered_json parse_json(std::string_view text);

/// The same with sorted keys, for objects that may have any number of them: a key of the other kind is searched for
/// among all before it.
nlohmann::json parse_large_json(std::string_view text);

}  // namespace resnet

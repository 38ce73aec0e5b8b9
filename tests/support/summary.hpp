// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"

/// The row of this name, of a summary.json.
inline nlohmann::json row_of(const nlohmann::json& summary, const std::string& what) {
  for (const nlohmann::json& row : summary.at("rows")) {
    if (row.at("what") == what) return row;
  }
  FAIL("no row '" << what << "' in " << summary.dump(2));
  return {};
}

/// What is ours in it: a number or null.
inline nlohmann::json ours(const nlohmann::json& summary, const std::string& what) {
  return row_of(summary, what).at("ours");
}

/// The first claim with these words.
inline nlohmann::json claim_of(const nlohmann::json& summary, const std::string& words) {
  for (const nlohmann::json& claim : summary.at("claims")) {
    if (claim.at("text").get<std::string>().find(words) != std::string::npos) return claim;
  }
  FAIL("no claim on '" << words << "' in " << summary.dump(2));
  return {};
}

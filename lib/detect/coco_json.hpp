// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "detect/box.hpp"

namespace resnet {

/// One entry of a list in a file of COCO's, whose errors say where it stands.
class CocoEntry {
 public:
  CocoEntry(const nlohmann::json& json, const std::string& file, std::string_view list, std::size_t index)
      : json_(json), file_(file), list_(list), index_(index) {}

  std::int64_t integer(const char* name) const;
  double number(const char* name) const;
  std::string text(const char* name) const;
  Box box(const char* name) const;  ///< [left, top, width, height]
  bool has(const char* name) const { return json_.is_object() && json_.contains(name); }

  /// Throws Error: this entry, this problem.
  template <typename... Args>
  [[noreturn]] void reject(fmt::format_string<Args...> problem, Args&&... args) const {
    fail("{}: {} {} (counted from 0): {}", file_, list_, index_, fmt::format(problem, std::forward<Args>(args)...));
  }

 private:
  const nlohmann::json& field(const char* name, const char* expected) const;

  const nlohmann::json& json_;
  const std::string& file_;
  std::string_view list_;
  std::size_t index_;
};

}  // namespace resnet

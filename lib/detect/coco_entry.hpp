// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "detect/box.hpp"

namespace resnet {

/// The JSON of a file in COCO's form. Throws Error, naming the file, if it is none.
nlohmann::json parse_coco_json(std::string_view text, const std::string& file);

/// One entry of a list in such a file, whose errors say where it stands. Both must outlive it.
///
/// Throws   Error, naming file, list and entry, if the asked field is missing or of another type.
class CocoEntry {
 public:
  CocoEntry(const nlohmann::json& json, const std::string& file, std::string_view list, std::size_t index)
      : json_(json), file_(file), list_(list), index_(index) {}

  bool has(const char* name) const { return json_.is_object() && json_.contains(name); }
  std::int64_t integer(const char* name) const;
  std::string text_or_none(const char* name) const;  ///< as it stands; empty if it is missing or no text
  double number(const char* name, double least, double most) const;
  std::string name() const;            ///< of a class: printable, not empty
  bool truth(const char* name) const;  ///< 0, 1, false or true
  Box box(const char* name) const;     ///< [left, top, width, height]
  std::string where() const { return fmt::format("{}: {}[{}]", file_, list_, index_); }

  /// Throws Error: this entry, this problem.
  template <typename... Args>
  [[noreturn]] void reject(fmt::format_string<Args...> problem, Args&&... args) const {
    fail("{}: {}", where(), fmt::format(problem, std::forward<Args>(args)...));
  }

 private:
  const nlohmann::json& field(const char* name, const char* expected) const;

  const nlohmann::json& json_;
  const std::string& file_;
  std::string_view list_;
  std::size_t index_;
};

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "detect/box.hpp"

namespace resnet {

/// What a file in COCO's form may have at most, in bytes and in entries of each of its lists. COCO's largest, the
/// annotations of its training images, have 470 MB and 860,000; other sets in its form have ten times as many.
inline constexpr std::uintmax_t kLargestCocoFile = std::uintmax_t{4} << 30;
inline constexpr std::size_t kMostCocoEntries = 50'000'000;

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

/// What is done with each entry of a list, which lives no longer than the call.
using TakeCocoEntry = std::function<void(const CocoEntry&)>;

/// Reads a JSON object with these lists, in whichever order they stand there, and gives each entry to the function of
/// its list. Other lists and fields are passed over.
///
/// The entries before it have been given when a fault is met. Beside the text there is one entry in memory at a time,
/// and of it the fields that a CocoEntry is asked for: an outline of a thousand points takes no room.
///
/// Throws   Error, naming the file, for what is no JSON or is nested more than 100 times, for a list that is missing or
///          stands there twice, and for one of more entries than `most`.
void read_coco_lists(std::string_view json, const std::string& file,
                     const std::map<std::string, TakeCocoEntry, std::less<>>& take_of_list);

/// The same of JSON that is one list, which messages call `list`.
void read_coco_list(std::string_view json, const std::string& file, const std::string& list, const TakeCocoEntry& take,
                    std::size_t most = kMostCocoEntries);

}  // namespace resnet

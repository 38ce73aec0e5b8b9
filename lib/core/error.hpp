// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace resnet {

/// What an error blames: the command line alone, or the world (files, folders, data, the machine).
enum class Fault { kWorld, kUsage };

/// The one exception of this library. Its text names the thing, the fact, the expectation and the cure.
///
/// A program ends with exit code 1 for `Fault::kWorld` and 2 for `Fault::kUsage` (see cli/run_main.hpp).
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what, Fault fault = Fault::kWorld) : std::runtime_error(what), fault_(fault) {}

  Fault fault() const { return fault_; }

 private:
  Fault fault_;
};

/// Throws Error with the formatted text.
template <typename... Args>
[[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  throw Error(fmt::format(text, std::forward<Args>(args)...));
}

/// Throws Error unless the condition holds.
///
///     require(bytes == expected, "{}: has {} bytes, expected {}; see data/README.md", path, bytes, expected);
template <typename... Args>
void require(bool condition, fmt::format_string<Args...> text, Args&&... args) {
  if (!condition) fail(text, std::forward<Args>(args)...);
}

/// Like require, for what only the command line can be blamed for: the program ends with exit code 2.
template <typename... Args>
void require_usage(bool condition, fmt::format_string<Args...> text, Args&&... args) {
  if (!condition) throw Error(fmt::format(text, std::forward<Args>(args)...), Fault::kUsage);
}

}  // namespace resnet

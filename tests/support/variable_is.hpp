// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

// An environment variable for the length of a test.
class VariableIs {
 public:
  VariableIs(const char* name, const std::string& value) : name_(name) {
    if (const char* before = ::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~VariableIs() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
  VariableIs(const VariableIs&) = delete;
  VariableIs& operator=(const VariableIs&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

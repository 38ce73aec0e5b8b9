// SPDX-License-Identifier: MIT
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/file.hpp"
#include "support/temp_folder.hpp"

/// What a program of this project did, run through a shell as a person would.
struct ProgramResult {
  int exit_code = -1;
  std::string standard_output;
  std::string standard_error;
};

/// The path as one word for the shell.
inline std::string quoted(const std::filesystem::path& path) {
  std::string word = "'";
  for (const char c : path.string()) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

/// Runs a shell command, with an empty standard input.
inline ProgramResult run_command(const std::string& command) {
  const TempFolder folder;
  const auto out = folder.path() / "out";
  const auto err = folder.path() / "err";
  const int status =
      std::system(("{ " + command + "\n} >" + quoted(out) + " 2>" + quoted(err) + " </dev/null").c_str());
  ProgramResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.standard_output = resnet::read_file(out);
  result.standard_error = resnet::read_file(err);
  return result;
}

/// Runs `command`, in which the name of a program stands for its path in the build folder: "train --help".
/// `before` is shell text put in front, such as "ulimit -f 10; ".
inline ProgramResult run_program(const std::string& command, const std::string& before = "") {
  return run_command(before + "'" RESNET_BIN_DIR "/'" + command);
}

/// How often `part` stands in `text`.
inline int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "support/program.hpp"

/// A Python that has torch, as a word for the shell, or nothing: $RESNET_PYTHON, that of .deps/venv, or python3.
inline const std::string& python_with_torch() {
  static const std::string found = [] {
    const char* named = std::getenv("RESNET_PYTHON");
    std::vector<std::filesystem::path> candidates = {resnet::project_root() / ".deps" / "venv" / "bin" / "python",
                                                     "python3"};
    if (named != nullptr) candidates = {named};
    for (const std::filesystem::path& candidate : candidates) {
      if (run_command(quoted(candidate) + " -W ignore -c 'import torch'").exit_code == 0) return quoted(candidate);
    }
    return std::string();
  }();
  return found;
}

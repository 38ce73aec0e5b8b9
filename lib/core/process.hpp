// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace resnet {

struct ProcessResult {
  int exit_code = 0;   // 126: a file that is no program; 127: no such program; 128 + n: ended by signal n
  std::string output;  // standard output and standard error together
};

/// Runs a program found on PATH with these arguments, no shell and an empty standard input, and waits for it.
///
/// Throws Error only if the system cannot start any process, or does not say how one ended, as where SIGCHLD is
/// ignored; a failure of the program is in `exit_code`.
ProcessResult run_process(const std::vector<std::string>& command);

/// Whether there is a file of this name on PATH, or at all if it has a '/'. (The system says "permission denied" of a
/// program that is nowhere, too, where a folder of PATH may not be looked into.)
bool is_there(const std::string& program);

}  // namespace resnet

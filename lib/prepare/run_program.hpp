// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace resnet {

/// How a program ended: its exit code as a shell would give it, and what it said if that is not 0.
struct Outcome {
  int exit_code;
  std::string complaint;
};

/// Runs a program (found on PATH, no shell in between) in a folder and waits for its end.
///
/// It reads nothing, and what it writes goes to the file `log`. Every 50 ms `may_go_on` is asked; if it returns
/// false or throws, the program and its children are killed. If this process dies, however it dies, the program is
/// killed too, but not its children.
///
/// Throws   Error if no process can be started, or the system does not say how it ended, as it does not where SIGCHLD
///          is ignored; and what `may_go_on` throws. A program that is not installed has exit code 127.
Outcome run_program(const std::vector<std::string>& words, const std::filesystem::path& folder,
                    const std::filesystem::path& log, const std::function<bool()>& may_go_on);

}  // namespace resnet

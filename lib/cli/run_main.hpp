// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <nlohmann/json.hpp>

namespace resnet {

/// Runs a program's body and turns what it throws into one sentence on standard error, without control characters that
/// a file may have put into it, and an exit code.
///
/// 0 done, 1 error, 2 the command line alone is wrong. A file too large for the disk quota is an error and a reader
/// that has gone is none: neither ends the program by its signal. SIGCHLD is not ignored, whatever it was. A standard
/// stream that is closed is opened, for reading only, lest a file of ours get its number.
int run_main(const std::function<int()>& body);

/// Writes the object to standard output, the only thing there under `--json`. Throws Error if that fails.
void print_json(const nlohmann::ordered_json& object);

}  // namespace resnet

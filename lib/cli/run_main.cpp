// SPDX-License-Identifier: MIT
#include "cli/run_main.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <new>
#include <string>

#include "cli/print.hpp"
#include "core/error.hpp"
#include "core/out_of_memory.hpp"
#include "core/shown.hpp"

namespace resnet {
namespace {

const std::string kOutOfMemory =
    "out of memory; a smaller --batch, smaller images or a smaller network take less; "
    "`train` and the experiments have --recompute-blocks too, which changes no number";

int report(const std::string& what, int exit_code) {
  tell("error: {}\n", for_terminal(what));  // which may quote a file
  return exit_code;
}

// A file opened later would get the number of a closed stream, and error messages written into it. What is printed to
// a stream that is open for reading fails, as it does to a closed one.
void open_closed_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    if (::open("/dev/null", O_RDONLY) != descriptor) return;  // the lowest free number, unless /dev is missing
  }
}

}  // namespace

int run_main(const std::function<int()>& body) {
  open_closed_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // so that write() returns EFBIG, and core/file.cpp says which file
  std::signal(SIGPIPE, SIG_IGN);  // so that a training outlives the reader of its progress
  std::signal(SIGCHLD, SIG_DFL);  // where it is ignored, as some that start us leave it, no program's end is known
  try {
    return body();
  } catch (const Error& error) {
    return report(error.what(), error.fault() == Fault::kUsage ? 2 : 1);
  } catch (const std::bad_alloc&) {
    return report(kOutOfMemory, 1);
  } catch (const std::exception& error) {
    // LibTorch's messages end in a backtrace of many lines: the first says what went wrong.
    std::string what = error.what();
    what.erase(0, what.find_first_not_of('\n'));  // with which TorchScript's messages begin
    return report(is_out_of_memory(what) ? kOutOfMemory : what.substr(0, what.find('\n')), 1);
  }
}

void print_json(const nlohmann::ordered_json& object) {
  using Json = nlohmann::ordered_json;
  // A path that is not UTF-8 is shown as well as JSON can.
  print("{}\n", object.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace));
}

}  // namespace resnet

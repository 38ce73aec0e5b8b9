// SPDX-License-Identifier: MIT
#include "cli/run_main.hpp"

#include <csignal>
#include <new>
#include <string>

#include "cli/print.hpp"
#include "core/error.hpp"

namespace resnet {
namespace {

int report(const std::string& what, int exit_code) {
  tell("error: {}\n", what);
  return exit_code;
}

}  // namespace

int run_main(const std::function<int()>& body) {
  std::signal(SIGXFSZ, SIG_IGN);  // so that write() returns EFBIG, and core/file.cpp says which file
  try {
    return body();
  } catch (const Error& error) {
    return report(error.what(), error.fault() == Fault::kUsage ? 2 : 1);
  } catch (const std::bad_alloc&) {
    return report("out of memory; try a smaller --batch or a smaller network", 1);
  } catch (const std::exception& error) {
    // LibTorch's messages end in a backtrace of many lines: the first says what went wrong.
    const std::string what = error.what();
    return report(what.substr(0, what.find('\n')), 1);
  }
}

void print_json(const nlohmann::ordered_json& object) {
  using Json = nlohmann::ordered_json;
  // A path that is not UTF-8 is shown as well as JSON can.
  print("{}\n", object.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace));
}

}  // namespace resnet

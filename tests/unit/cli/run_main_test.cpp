// SPDX-License-Identifier: MIT
#include "cli/run_main.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <new>
#include <stdexcept>

#include "cli/print.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/process.hpp"
#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/full_disk.hpp"
#include "support/temp_folder.hpp"
#include "unit/cli/written.hpp"

namespace resnet {
namespace {

struct Ending {
  int exit_code;
  std::string standard_error;
};

Ending ending_of(const std::function<int()>& body) {
  Ending ending{-1, ""};
  ending.standard_error = standard_error_of([&] { ending.exit_code = run_main(body); });
  return ending;
}

TEST_CASE("a body that returns says nothing, and its number is the exit code") {
  for (const int code : {0, 3}) {
    const Ending ending = ending_of([&] { return code; });
    CHECK(ending.exit_code == code);
    CHECK(ending.standard_error.empty());
  }
}

TEST_CASE("the command line's fault ends with 2, the world's with 1, each with its sentence") {
  const Ending usage = ending_of([]() -> int { throw Error("unknown flag --x", Fault::kUsage); });
  CHECK(usage.exit_code == 2);
  CHECK(usage.standard_error == "error: unknown flag --x\n");
  const Ending world = ending_of([]() -> int { fail("{}: no such file", "{a}"); });
  CHECK(world.exit_code == 1);
  CHECK(world.standard_error == "error: {a}: no such file\n");
}

TEST_CASE("no memory and the exceptions of packages end with 1 and one line") {
  const Ending memory = ending_of([]() -> int { throw std::bad_alloc(); });
  CHECK(memory.exit_code == 1);
  CHECK_THAT(
      memory.standard_error,
      Catch::StartsWith("error: out of memory; a smaller --batch, smaller images or a smaller network take less"));
  const Ending foreign = ending_of([]() -> int { throw std::runtime_error("sizes differ\nframe #0: ...\nframe #1"); });
  CHECK(foreign.exit_code == 1);
  CHECK(foreign.standard_error == "error: sizes differ\n");
  const Ending late = ending_of([]() -> int { throw std::runtime_error("\nUnknown builtin op.\n~~~ <--- HERE"); });
  CHECK(late.standard_error == "error: Unknown builtin op.\n");
}

TEST_CASE("a sentence with what a file holds moves no cursor") {
  const Ending ours = ending_of([]() -> int { fail("a.csv: '{}' is no row;\n\tremove it", "\x1b[2J\r\u009b2J ±"); });
  CHECK(ours.standard_error == "error: a.csv: '?[2J???2J ±' is no row;\n\tremove it\n");
  const Ending foreign = ending_of([]() -> int { throw std::runtime_error("no \x1b[31mop"); });
  CHECK(foreign.standard_error == "error: no ?[31mop\n");
}

TEST_CASE("LibTorch's words for no memory become ours") {
  for (const char* what :
       {"[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
        "allocate "
        "4398046511104 bytes. Error code 12 (Cannot allocate memory)\nframe #0: ...",
        "The following operation failed in the TorchScript interpreter.\nRuntimeError: std::bad_alloc",
        "CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 15.77 GiB"}) {
    const Ending memory = ending_of([&]() -> int { throw std::runtime_error(what); });
    CHECK(memory.exit_code == 1);
    CHECK_THAT(
        memory.standard_error,
        Catch::StartsWith("error: out of memory; a smaller --batch, smaller images or a smaller network take less"));
  }
}

TEST_CASE("no file gets the number of a closed stream") {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    CAPTURE(descriptor);
    CHECK(in_child([&] {
            ::close(descriptor);
            return run_main([] { return ::open("/dev/null", O_RDONLY) > STDERR_FILENO ? 7 : 1; });
          }) == 7);
  }
}

TEST_CASE("what is printed to a closed standard output is lost, and said to be") {
  CHECK(in_child([] {
          ::close(STDOUT_FILENO);
          return run_main([] {
            print("1");
            return 0;
          });
        }) == 1);
}

TEST_CASE("a reader that has gone does not end the program by SIGPIPE") {
  CHECK(in_child([] {
          int ends[2];
          if (::pipe(ends) != 0) return 1;
          ::dup2(ends[1], STDOUT_FILENO);
          ::dup2(ends[1], STDERR_FILENO);
          ::close(ends[0]);
          return run_main([] {
            tell("on the way");
            print("1");
            return 7;
          });
        }) == 7);
}

TEST_CASE("how a program ended is known also where SIGCHLD was ignored, as some that start us leave it") {
  CHECK(in_child([] {
          std::signal(SIGCHLD, SIG_IGN);
          return run_main([] { return run_process({"sh", "-c", "exit 7"}).exit_code; });
        }) == 7);
}

TEST_CASE("a file that grows too large is an error with a sentence, not the end by SIGXFSZ") {
  const TempFolder folder;
  const int code = in_child([&] {
    const FullDisk full(100);
    std::signal(SIGXFSZ, SIG_DFL);
    ::close(STDERR_FILENO);  // and a sentence that nobody can read is no reason to end otherwise
    return run_main([&] {
      write_atomically(folder.path() / "file", std::string(1000, 'x'));
      return 0;
    });
  });
  CHECK(code == 1);
}

TEST_CASE("a JSON object is all there is on standard output, and a full disk behind it is an error") {
  const TempFolder folder;
  const std::string path = folder.path() / "stdout";
  const auto print_to = [](const std::string& name, const nlohmann::ordered_json& object) {
    return in_child([&] {
      if (std::freopen(name.c_str(), "w", stdout) == nullptr) return 3;
      try {
        print_json(object);
      } catch (const Error&) {
        return 1;
      }
      return 0;
    });
  };
  CHECK(print_to(path, {{"b", 1}, {"a", nullptr}}) == 0);
  CHECK(read_file(path) == "{\n  \"b\": 1,\n  \"a\": null\n}\n");
  CHECK(print_to("/dev/full", {{"a", 1}}) == 1);
  CHECK(print_to(path, {{"a", "a path of Latin-1: \xfc"}}) == 0);
  CHECK(nlohmann::json::parse(read_file(path))["a"] == "a path of Latin-1: \xef\xbf\xbd");
}

}  // namespace
}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "cli/print.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

/// 0 if the call returns, 1 if it throws an Error, with the descriptor open on that file meanwhile.
int outcome_on(int descriptor, const std::string& path, const std::function<void()>& call) {
  return in_child([&] {
    ::dup2(::open(path.c_str(), O_WRONLY | O_CREAT, 0600), descriptor);
    try {
      call();
    } catch (const Error&) {
      return 1;
    }
    return 0;
  });
}

TEST_CASE("what is printed or told is written before the call returns") {
  const TempFolder folder;
  const std::string path = folder.path() / "file";
  CHECK(outcome_on(STDOUT_FILENO, path, [] { print("{} of {}", 1, 3); }) == 0);  // the child ends without a flush
  CHECK(read_file(path) == "1 of 3");
  const std::string other = folder.path() / "other";
  CHECK(outcome_on(STDERR_FILENO, other, [] { tell("{} of {}\n", 2, 3); }) == 0);
  CHECK(read_file(other) == "2 of 3\n");
}

TEST_CASE("a full disk is an error of what is printed, and none of what is told") {
  CHECK(outcome_on(STDOUT_FILENO, "/dev/full", [] { print("1"); }) == 1);
  CHECK(outcome_on(STDERR_FILENO, "/dev/full", [] { tell("1"); }) == 0);
}

TEST_CASE("a closed descriptor is an error of what is printed, and none of what is told") {
  const auto close_and = [](int descriptor, void (*call)()) {
    return in_child([&] {
      ::close(descriptor);
      call();
      return 0;
    });
  };
  CHECK(close_and(STDOUT_FILENO, [] { print("1"); }) == 99);
  CHECK(close_and(STDERR_FILENO, [] { tell("1"); }) == 0);
}

TEST_CASE("a reader that has gone is no error") {
  for (const int descriptor : {STDOUT_FILENO, STDERR_FILENO}) {
    CHECK(in_child([&] {
            std::signal(SIGPIPE, SIG_IGN);
            int ends[2];
            if (::pipe(ends) != 0) return 1;
            ::dup2(ends[1], descriptor);
            ::close(ends[0]);
            for (int i = 0; i < 3; ++i) descriptor == STDOUT_FILENO ? print("{}", i) : tell("{}", i);
            return 0;
          }) == 0);
  }
}

}  // namespace
}  // namespace resnet

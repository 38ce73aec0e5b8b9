// SPDX-License-Identifier: MIT
#include "core/process.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/skip.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

using Catch::Contains;

TEST_CASE("a program's exit code and both of its outputs are told") {
  const ProcessResult result = run_process({"sh", "-c", "echo out; echo err >&2; exit 6"});
  CHECK(result.exit_code == 6);
  CHECK(result.output == "out\nerr\n");
  CHECK(run_process({"true"}).exit_code == 0);
  CHECK(run_process({"true"}).output.empty());
}

TEST_CASE("a program that a signal ended has 128 and the signal as its code") {
  CHECK(run_process({"sh", "-c", "kill -KILL $$"}).exit_code == 128 + SIGKILL);
}

TEST_CASE("a missing program has exit code 127 and its name in the output") {
  const ProcessResult result = run_process({"no-such-program", "word"});
  CHECK(result.exit_code == 127);
  CHECK_THAT(result.output, Contains("no-such-program: no such program"));
  CHECK(run_process({"/no/such/program"}).exit_code == 127);
}

TEST_CASE("a missing program has exit code 127 also where a folder of PATH may not be looked into") {
  const TempFolder folder;
  const std::filesystem::path closed = folder.path() / "closed";
  std::filesystem::create_directory(closed);
  std::filesystem::permissions(closed, std::filesystem::perms::none);
  constexpr int kNobodyIsNoUser = 1;
  const int exit_code = in_child([&] {
    if (::geteuid() == 0 && ::setuid(65'534) != 0) return kNobodyIsNoUser;  // root may look into every folder
    ::setenv("PATH", (closed.string() + ":/nowhere").c_str(), 1);
    return run_process({"no-such-program"}).exit_code;
  });
  std::filesystem::permissions(closed, std::filesystem::perms::owner_all);  // or it could not be removed
  if (exit_code == kNobodyIsNoUser) return skip("this user may look into every folder, and become nobody who may not");
  CHECK(exit_code == 127);
}

TEST_CASE("a file that is no program has exit code 126, as in a shell, and the reason in the output") {
  const TempFolder folder;
  const std::string file = folder.path() / "file";
  write_atomically(file, "text");
  const ProcessResult forbidden = run_process({file});
  CHECK(forbidden.exit_code == 126);
  CHECK(forbidden.output == file + ": cannot be run: Permission denied");
  std::filesystem::permissions(file, std::filesystem::perms(0755));
  const ProcessResult unknown = run_process({file});
  CHECK(unknown.exit_code == 126);
  CHECK(unknown.output == file + ": cannot be run: Exec format error");
}

TEST_CASE("where SIGCHLD is ignored nobody learns how a program ended, and that is an error, not a success") {
  CHECK(in_child([] {
          std::signal(SIGCHLD, SIG_IGN);
          try {
            return run_process({"sh", "-c", "exit 6"}).exit_code;
          } catch (const Error& error) {
            return std::string(error.what()).starts_with("sh: ran, but its exit code cannot be known") ? 7 : 8;
          }
        }) == 7);
}

TEST_CASE("a program sees its words verbatim: no shell takes them apart") {
  const std::vector<std::string> words = {"a b", "",   "$HOME", "`id`", "$(id)",    "*",           ";", "|",
                                          "'",   "\"", "\\",    "~",    "&& false", "line\nbreak", "ü"};
  std::vector<std::string> command = {"printf", "<%s>"};
  std::string expected;
  for (const std::string& word : words) {
    command.push_back(word);
    expected += "<" + word + ">";
  }
  CHECK(run_process(command).output == expected);
}

TEST_CASE("a program has nothing to read, and more output than a pipe holds is no hindrance") {
  CHECK(run_process({"cat"}).output.empty());
  const ProcessResult result = run_process({"sh", "-c", "head -c 1000000 /dev/zero; echo end"});
  CHECK(result.output.size() == 1'000'004);
  CHECK(result.output.ends_with("end\n"));
}

}  // namespace
}  // namespace resnet

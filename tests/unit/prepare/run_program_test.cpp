// SPDX-License-Identifier: MIT
#include "prepare/run_program.hpp"

#include <signal.h>

#include <csignal>
#include <fstream>
#include <stdexcept>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;

bool always() { return true; }

resnet::Outcome run_shell(const fs::path& folder, const std::string& script,
                          const std::function<bool()>& may_go_on = always) {
  return resnet::run_program({"sh", "-c", script}, folder, folder / "log", may_go_on);
}

// Waits until the process whose id stands in the file is gone, or dead and only waits to be reaped.
bool is_gone(const fs::path& id_file) {
  const std::string stat = "/proc/" + std::to_string(std::stol(resnet::read_file(id_file))) + "/stat";
  return wait_until([&] {
    std::ifstream in(stat);
    std::string id, name, state;
    return !(in >> id >> name >> state) || state == "Z" || state == "X";
  });
}

}  // namespace

TEST_CASE("A program runs in its folder, with its words untouched and nothing to read") {
  const TempFolder folder;
  const resnet::Outcome outcome = resnet::run_program({"sh", "-c", "pwd; cat; echo \"$1\"", "sh", "$HOME; 'a b'"},
                                                      folder.path(), folder.path() / "log", always);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.complaint.empty());
  CHECK(resnet::read_file(folder.path() / "log") == folder.path().string() + "\n$HOME; 'a b'\n");
}

TEST_CASE("A program's failure is told by its exit code and its first words") {
  const TempFolder folder;
  const resnet::Outcome outcome = run_shell(folder.path(), "echo out; echo err >&2; exit 6");
  CHECK(outcome.exit_code == 6);
  CHECK(outcome.complaint == "out; err");
  CHECK(run_shell(folder.path(), "exit 3").complaint == "sh ended with exit code 3");
  CHECK(run_shell(folder.path(), "kill -TERM $$").exit_code == 128 + SIGTERM);
}

TEST_CASE("A program that is not installed has exit code 127 and the cure in its complaint") {
  const TempFolder folder;
  const resnet::Outcome outcome =
      resnet::run_program({"no-such-program"}, folder.path(), folder.path() / "log", always);
  CHECK(outcome.exit_code == 127);
  CHECK_THAT(outcome.complaint, Contains("no-such-program is not installed (apt-get install no-such-program)"));
}

TEST_CASE("A program of which the system does not say how it ended has not succeeded") {
  const TempFolder folder;
  const auto old_handler = std::signal(SIGCHLD, SIG_IGN);
  CHECK_THROWS_WITH(run_shell(folder.path(), "exit 3"),
                    "sh: ran, but its exit code cannot be known; do not ignore SIGCHLD");
  std::signal(SIGCHLD, old_handler);
  CHECK(run_shell(folder.path(), "exit 3").exit_code == 3);
}

TEST_CASE("A program that may not go on is killed, and its children with it") {
  const TempFolder folder;
  const fs::path id = folder.path() / "id";
  const std::string script = "sleep 100 & echo $! > part; mv part id; wait";
  SECTION("because the caller says so") {
    CHECK(run_shell(folder.path(), script, [&] { return !fs::exists(id); }).exit_code == 128 + SIGKILL);
  }
  SECTION("because the caller throws") {
    const auto throws = [&] { return fs::exists(id) ? throw std::runtime_error("enough") : true; };
    CHECK_THROWS_WITH(run_shell(folder.path(), script, throws), "enough");
  }
  CHECK(is_gone(id));
}

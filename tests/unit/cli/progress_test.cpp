// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "unit/cli/written.hpp"

namespace resnet {
namespace {

TEST_CASE("a duration is said in its two largest units, rounded to seconds") {
  CHECK(human_duration(0) == "0 s");
  CHECK(human_duration(12.4) == "12 s");
  CHECK(human_duration(59.4) == "59 s");
  CHECK(human_duration(59.6) == "1 min 00 s");
  CHECK(human_duration(200) == "3 min 20 s");
  CHECK(human_duration(3599.6) == "1 h 00 min");
  CHECK(human_duration(7500) == "2 h 05 min");
  CHECK(human_duration(360'000) == "100 h 00 min");
}

TEST_CASE("where no terminal is, the progress is a plain line at first and then no more for 10 s") {
  CHECK(standard_error_of([] {
          ProgressLine line;
          line.update("1 of 3");
          line.update("2 of 3");
          line.say("checkpoint");
          line.update("3 of 3");
        }) == "1 of 3\ncheckpoint\n");
}

TEST_CASE("where nothing can be written, the work goes on") {
  CHECK(in_child([] {
          if (std::freopen("/dev/full", "w", stderr) == nullptr) return 1;
          ProgressLine line;
          line.update("1 of 3");
          line.say("checkpoint");
          return 0;
        }) == 0);
}

TEST_CASE("on a terminal the progress is one line drawn over and over, ended in the end") {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(master >= 0);
  REQUIRE(::grantpt(master) == 0);
  REQUIRE(::unlockpt(master) == 0);
  const int terminal = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  CHECK(in_child([&] {
          ::dup2(terminal, STDERR_FILENO);
          {
            ProgressLine line;
            line.update("1 of 3");
            ::usleep(150'000);
            line.update("2 of 3");
            line.say("checkpoint");
            ::usleep(150'000);
            line.update("3 of 3");
          }
          std::fflush(stderr);
          return 0;
        }) == 0);
  char shown[200];
  const ssize_t length = ::read(master, shown, sizeof shown);
  ::close(terminal);
  ::close(master);
  REQUIRE(length > 0);
  CHECK(std::string(shown, static_cast<std::size_t>(length)) ==
        "\r\033[K1 of 3\r\033[K2 of 3\r\033[Kcheckpoint\r\n\r\033[K3 of 3\r\n");
}

}  // namespace
}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include <unistd.h>

#include <cstdlib>
#include <limits>
#include <string>

#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/skip.hpp"
#include "support/terminal.hpp"
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

TEST_CASE("a duration that nobody can know is said to be unknown") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double seconds : {kInfinity, -kInfinity, std::numeric_limits<double>::quiet_NaN(), 1e300, 1e15}) {
    CHECK(human_duration(seconds) == "unknown time");
  }
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
  if (!has_terminals()) return skip("there are no terminals");
  CHECK(shown_on_terminal(0, [] {
          ProgressLine line;
          line.update("1 of 3");
          ::usleep(150'000);
          line.update("2 of 3");
          line.say("checkpoint");
          ::usleep(150'000);
          line.update("3 of 3");
        }) == "\r\033[K1 of 3\r\033[K2 of 3\r\033[Kcheckpoint\r\n\r\033[K3 of 3\r\n");
}

TEST_CASE("what a file put into a text moves no cursor, on a terminal or elsewhere") {
  if (!has_terminals()) return skip("there are no terminals");
  const auto show = [] {
    ProgressLine line;
    line.update("1 of \x1b[2J");
    line.say("read \x1b[2J\r±");
  };
  CHECK(standard_error_of(show) == "1 of ?[2J\nread ?[2J?±\n");
  CHECK(shown_on_terminal(80, show) == "\r\033[K1 of ?[2J\r\033[Kread ?[2J?±\r\n");
}

TEST_CASE("the progress is cut to the width of the terminal, by characters, and a remark is not") {
  if (!has_terminals()) return skip("there are no terminals");
  const auto show = [](const std::string& text) {
    return [text] {
      ProgressLine line;
      line.update(text);
    };
  };
  CHECK(shown_on_terminal(6, show("1 of 3 and more")) == "\r\033[K1 of 3\r\n");
  CHECK(shown_on_terminal(6, show("1 ± ±± and more")) == "\r\033[K1 ± ±±\r\n");
  CHECK(shown_on_terminal(6, show("1 of 3")) == "\r\033[K1 of 3\r\n");
  CHECK(shown_on_terminal(0, show(std::string(200, 'x'))) == "\r\033[K" + std::string(80, 'x') + "\r\n");
  CHECK(shown_on_terminal(6, [] { ProgressLine().say("checkpoint"); }) == "checkpoint\r\n");
}

}  // namespace
}  // namespace resnet

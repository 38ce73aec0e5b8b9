// SPDX-License-Identifier: MIT
#include "core/stop_request.hpp"

#include <csignal>

#include "support/catch.hpp"
#include "support/child_process.hpp"

namespace resnet {
namespace {

TEST_CASE("Ctrl-C, SIGTERM and SIGHUP only ask, and the answer stays") {
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(signal_number);
    CHECK(in_child([&] {
            std::signal(signal_number, SIG_DFL);
            turn_signals_into_requests();
            if (stop_requested()) return 1;
            std::raise(signal_number);
            return stop_requested() && stop_requested() ? 0 : 2;
          }) == 0);
  }
}

TEST_CASE("a second signal of the same kind ends the process, one of the other kind does not") {
  CHECK(in_child([] {
          turn_signals_into_requests();
          std::raise(SIGTERM);
          std::raise(SIGINT);
          return 7;
        }) == 7);
  CHECK(in_child([] {
          turn_signals_into_requests();
          std::raise(SIGTERM);
          std::raise(SIGTERM);
          return 7;
        }) == 128 + SIGTERM);
}

TEST_CASE("SIGHUP asks however often it comes, and not at all where it is ignored") {
  CHECK(in_child([] {
          std::signal(SIGHUP, SIG_DFL);
          turn_signals_into_requests();
          std::raise(SIGHUP);
          std::raise(SIGHUP);
          return stop_requested() ? 7 : 1;
        }) == 7);
  CHECK(in_child([] {
          std::signal(SIGHUP, SIG_IGN);
          turn_signals_into_requests();
          std::raise(SIGHUP);
          return stop_requested() ? 1 : 7;
        }) == 7);
}

}  // namespace
}  // namespace resnet

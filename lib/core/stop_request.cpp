// SPDX-License-Identifier: MIT
#include "core/stop_request.hpp"

#include <csignal>

namespace resnet {
namespace {

volatile std::sig_atomic_t requested = 0;

void ask(int) { requested = 1; }

void ask_once(int signal_number) {
  requested = 1;
  std::signal(signal_number, SIG_DFL);
}

}  // namespace

void turn_signals_into_requests() {
  std::signal(SIGINT, ask_once);
  std::signal(SIGTERM, ask_once);
  // A terminal that closes sends it twice, by the shell and by the kernel.
  if (std::signal(SIGHUP, ask) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

bool stop_requested() { return requested != 0; }

}  // namespace resnet

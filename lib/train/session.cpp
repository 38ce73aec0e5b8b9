// SPDX-License-Identifier: MIT
#include "train/session.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "kernel/simd.hpp"

namespace resnet {

Session begin_session(const Runtime& runtime, Precision precision, const std::string& command,
                      const std::string& commit) {
  Session session;
  session.started_utc = utc_now();
  session.command = command;
  session.commit = commit;
  session.libtorch = libtorch_version();
  session.device = runtime.device.str();
  session.precision = precision_name(precision);
  session.kernels = fmt::format("{} ({})", kernels_name(runtime.kernels), simd_description());
  session.threads = runtime.threads;
  session.cpu = processor_name();
  return session;
}

RunStatus earlier_status(const RunFolder& run, const OnEvent& on_event) {
  try {
    return read_status(run).value_or(RunStatus{});
  } catch (const Error&) {
    on_event(fmt::format("{}: cannot be read; the time spent so far counts as nothing", run.status().string()));
    return {};
  }
}

void tell_changes(const RunFolder& run, const Session& now, const OnEvent& on_event) {
  const auto sessions = read_sessions(run);
  if (sessions.empty()) return;
  const auto tell_change = [&](const char* what, const std::string& before, const std::string& is) {
    if (before.empty() || before == is) return;
    on_event(fmt::format(
        "its {} {} so far, and {} from here on: the run rounds otherwise, and its bytes are no single machine's", what,
        before, is));
  };
  tell_change("device was", sessions.back().device, now.device);
  tell_change("kernels were", sessions.back().kernels, now.kernels);
  const auto threads_of = [](const Session& session) {
    return session.threads > 0 ? fmt::format("{}", session.threads) : std::string();
  };
  tell_change("threads were", threads_of(sessions.back()), threads_of(now));
  tell_change("LibTorch was", sessions.back().libtorch, now.libtorch);
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

/// Starts a copy of this process that runs the body and ends with its result as exit code, without a word to Catch,
/// whose signal handlers it loses. An exception of the body is exit code 99.
template <typename Body>
pid_t start_child(Body body) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child > 0) return child;
  for (const int signal_number : {SIGINT, SIGTERM, SIGILL, SIGFPE, SIGSEGV, SIGABRT}) {
    std::signal(signal_number, SIG_DFL);
  }
  try {
    ::_exit(body());
  } catch (...) {
    ::_exit(99);
  }
}

/// Whether it has, which wait_for_child can still ask how.
inline bool has_ended(pid_t child) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == child;
}

/// Waits until something is so, and says whether it is: as long as this child lives, if there is one, and not for ever.
template <typename Condition>
bool wait_until(Condition condition, pid_t child = 0) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(10);  // machines and disks may be busy
  while (!condition()) {
    if ((child != 0 && has_ended(child)) || std::chrono::steady_clock::now() > end) return condition();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// Waits for it, and kills it if it does not end; its exit code, or 128 + n if signal n ended it.
inline int wait_for_child(pid_t child) {
  if (!wait_until([&] { return has_ended(child); })) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// How the body ends in a process of its own.
template <typename Body>
int in_child(Body body) {
  return wait_for_child(start_child(body));
}

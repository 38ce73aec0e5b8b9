// SPDX-License-Identifier: MIT
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>

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

/// Waits for it; its exit code, or 128 + n if signal n ended it.
inline int wait_for_child(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Whether it has, which wait_for_child can still ask how.
inline bool has_ended(pid_t child) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == child;
}

/// How the body ends in a process of its own.
template <typename Body>
int in_child(Body body) {
  return wait_for_child(start_child(body));
}

// SPDX-License-Identifier: MIT
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <string>

#include "support/catch.hpp"
#include "support/child_process.hpp"

/// A sandbox may have none.
inline bool has_terminals() {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0) return false;
  const bool works = ::grantpt(master) == 0 && ::unlockpt(master) == 0 && ::access(::ptsname(master), R_OK | W_OK) == 0;
  ::close(master);
  return works;
}

/// What the body, in a process of its own, shows on a terminal of so many columns; 0: one that does not know.
template <typename Body>
std::string shown_on_terminal(unsigned short columns, Body body) {
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(master >= 0);
  REQUIRE(::grantpt(master) == 0);
  REQUIRE(::unlockpt(master) == 0);
  const int terminal = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  const winsize size{24, columns, 0, 0};
  REQUIRE(::ioctl(terminal, TIOCSWINSZ, &size) == 0);
  const pid_t child = start_child([&] {
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(terminal, stream);
    body();
    return 0;
  });
  ::close(terminal);
  // The kernel hands it over in as many parts as it likes, and an error once nobody can write any more.
  std::string shown;
  char part[1000];
  for (ssize_t length = 0; (length = ::read(master, part, sizeof part)) > 0;) {
    shown.append(part, static_cast<std::size_t>(length));
  }
  ::close(master);
  CHECK(wait_for_child(child) == 0);
  return shown;
}

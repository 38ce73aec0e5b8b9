// SPDX-License-Identifier: MIT
#pragma once

#include <sys/resource.h>

#include <csignal>

/// While it lives, a write fails with EFBIG where a file would grow beyond this many bytes: a full disk, near enough.
class FullDisk {
 public:
  explicit FullDisk(rlim_t largest_file) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit{largest_file, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*old_handler_)(int);
  rlimit old_limit_{};
};

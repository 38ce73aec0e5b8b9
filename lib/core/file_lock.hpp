// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "core/error.hpp"

namespace resnet {

/// Another process is at what a lock guards: the one Error that a caller may go round, and come back later.
class LockHeld : public Error {
 public:
  using Error::Error;
};

/// Holds a file for one process; the kernel lets go of it when the process dies, however it dies.
///
/// Throws LockHeld, naming the process that holds it, if another one does; Error if the file cannot be made or locked,
/// or is a link or no regular file.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_;
};

/// Whether a process, this one included, holds the lock now. Leaves no trace.
bool is_locked(const std::filesystem::path& path);

}  // namespace resnet

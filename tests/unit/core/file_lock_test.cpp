// SPDX-License-Identifier: MIT
#include "core/file_lock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/temp_folder.hpp"

namespace {

int lock_refusal = 0;  // the errno with which a request for a lock fails; 0: the kernel decides

}  // namespace

// Stands before libc's in this test: some file systems refuse every lock, and here there is none of them.
extern "C" int fcntl(int descriptor, int command, ...) {
  std::va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  if (command == F_OFD_SETLK && lock_refusal != 0) {
    errno = lock_refusal;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fcntl, descriptor, command, argument));
}

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

// A process that holds the lock until it is killed.
pid_t start_holder(const fs::path& lock, const fs::path& sign_of_life) {
  const pid_t holder = start_child([&]() -> int {
    const FileLock held(lock);
    write_atomically(sign_of_life, "");
    for (;;) ::pause();
  });
  for (int i = 0; i < 1000 && !fs::exists(sign_of_life); ++i) ::usleep(10'000);
  return holder;
}

TEST_CASE("another process cannot take a lock that is held, and learns who holds it") {
  const TempFolder folder;
  const fs::path path = folder.path() / "run" / "lock";
  const FileLock held(path);
  const int code = in_child([&] {
    try {
      const FileLock second(path);
      return 1;
    } catch (const LockHeld& error) {  // a kind of its own, lest a lock that cannot be opened pass for a held one
      const std::string expected =
          (folder.path() / "run").string() + ": in use by process " + std::to_string(::getppid()) + ";";
      return std::string(error.what()).starts_with(expected) ? 0 : 2;
    }
  });
  CHECK(code == 0);
}

TEST_CASE("a second lock on the same file is refused within one process too") {
  const TempFolder folder;
  const FileLock held(folder.path() / "lock");
  CHECK_THROWS_WITH(FileLock(folder.path() / "lock"), Contains("in use by process " + std::to_string(::getpid())));
  CHECK_NOTHROW(FileLock(folder.path() / "other"));
}

TEST_CASE("a lock ends with its scope") {
  const TempFolder folder;
  const fs::path path = folder.path() / "lock";
  {
    const FileLock held(path);
  }
  CHECK_FALSE(is_locked(path));
  CHECK_NOTHROW(FileLock(path));
}

TEST_CASE("a lock dies with its process, even by SIGKILL, and names its new holder then") {
  const TempFolder folder;
  const fs::path path = folder.path() / "lock";
  const pid_t holder = start_holder(path, folder.path() / "alive");
  CHECK(is_locked(path));
  CHECK_THROWS_WITH(FileLock(path), Contains("in use by process " + std::to_string(holder) + ";"));
  ::kill(holder, SIGKILL);
  CHECK(wait_for_child(holder) == 128 + SIGKILL);
  CHECK_FALSE(is_locked(path));
  const FileLock held(path);
  CHECK_THROWS_WITH(FileLock(path), Contains("in use by process " + std::to_string(::getpid()) + ";"));
}

TEST_CASE("to ask whether a file is locked makes no file and takes no lock") {
  const TempFolder folder;
  const fs::path path = folder.path() / "lock";
  CHECK_FALSE(is_locked(path));
  CHECK_FALSE(fs::exists(path));
  {
    const FileLock held(path);
  }
  CHECK_FALSE(is_locked(path));
  const FileLock held(path);
  CHECK(is_locked(path));
}

TEST_CASE("a file system that has no locks is named as such, not as another process") {
  const TempFolder folder;
  lock_refusal = ENOLCK;
  std::string message;
  try {
    const FileLock held(folder.path() / "lock");
  } catch (const Error& error) {
    message = error.what();
  }
  lock_refusal = 0;
  CHECK_THAT(message, Contains((folder.path() / "lock").string() + ": cannot be locked: No locks available"));
}

TEST_CASE("a lock that is a link or a pipe is refused, and what the link leads to stays") {
  const TempFolder folder;
  const fs::path precious = folder.path() / "precious";
  write_atomically(precious, "precious");
  fs::create_symlink("precious", folder.path() / "link");
  fs::create_symlink("nothing", folder.path() / "link to nothing");
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  for (const char* name : {"link", "link to nothing", "pipe"}) {
    const fs::path lock = folder.path() / name;
    CHECK_FALSE(is_locked(lock));
    CHECK_THROWS_WITH(FileLock(lock), lock.string() +
                                          ": is a link, a pipe or a device, expected the file of a lock; "
                                          "remove it");
  }
  CHECK(read_file(precious) == "precious");
  CHECK_FALSE(fs::exists(folder.path() / "nothing"));
  const FileLock held(precious);
  CHECK_FALSE(is_locked(folder.path() / "link"));
}

TEST_CASE("a lock below a regular file is refused with the name of that file") {
  const TempFolder folder;
  write_atomically(folder.path() / "file", "");
  CHECK_THROWS_WITH(FileLock(folder.path() / "file" / "lock"), Contains((folder.path() / "file").string()));
}

}  // namespace
}  // namespace resnet

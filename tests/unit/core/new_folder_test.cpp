// SPDX-License-Identifier: MIT
#include "core/new_folder.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <thread>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/skip.hpp"
#include "support/temp_folder.hpp"

namespace {

int exchange_refusal = 0;  // the errno with which two folders cannot swap their names; 0: the kernel decides
int exchanges_refused = 0;

}  // namespace

// Stands before libc's in this test: there are file systems that cannot, and here there is none of them.
extern "C" int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  if (exchange_refusal != 0) {
    errno = exchange_refusal;
    ++exchanges_refused;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

namespace resnet {
namespace {

namespace fs = std::filesystem;

/// Two folders cannot swap their names meanwhile.
class NoExchange {
 public:
  explicit NoExchange(int error_number) { exchange_refusal = error_number; }
  ~NoExchange() { exchange_refusal = 0; }
  NoExchange(const NoExchange&) = delete;
  NoExchange& operator=(const NoExchange&) = delete;
};

bool can_exchange(const TempFolder& parent) {
  const std::string one = parent.path() / "one";
  const std::string other = parent.path() / "other";
  fs::create_directory(one);
  fs::create_directory(other);
  return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0;
}

/// A folder with a file `text` and another that only the first version has.
fs::path old_folder(const TempFolder& parent) {
  write_atomically(parent.path() / "result/text", "old");
  write_atomically(parent.path() / "result/only-in-old", "");
  return parent.path() / "result";
}

TEST_CASE("a new folder takes the place of the old one with all that stood in it") {
  const TempFolder parent;
  const fs::path folder = old_folder(parent);
  NewFolder result(folder);
  CHECK(fs::is_empty(result.path()));
  write_atomically(result.path() / "text", "new");
  CHECK(read_file(folder / "text") == "old");
  result.put_in_place();
  CHECK(read_file(folder / "text") == "new");
  CHECK_FALSE(fs::exists(folder / "only-in-old"));
}

TEST_CASE("where two folders cannot swap their names, the old one is moved away first") {
  for (const int error_number : {ENOSYS, EINVAL, ENOTSUP, EPERM}) {
    const NoExchange none(error_number);
    const int refused_before = exchanges_refused;
    const TempFolder parent;
    const fs::path folder = old_folder(parent);
    NewFolder result(folder);
    write_atomically(result.path() / "text", "new");
    result.put_in_place();
    CHECK(exchanges_refused == refused_before + 1);
    CHECK(read_file(folder / "text") == "new");
    CHECK_FALSE(fs::exists(folder / "only-in-old"));
    CHECK_FALSE(fs::exists(parent.path() / ".result.part/old"));
  }
}

TEST_CASE("a reader finds the old folder or the new one at every moment") {
  const TempFolder parent;
  if (!can_exchange(parent)) return skip("two folders cannot swap their names on this file system");
  const fs::path folder = old_folder(parent);
  std::atomic<bool> goes_on = true;
  std::atomic<int> looks = 0;
  std::atomic<int> misses = 0;
  std::thread reader([&] {
    for (; goes_on; ++looks) misses += ::access(folder.c_str(), F_OK) == 0 ? 0 : 1;
  });
  for (int i = 0; i < 50 || looks < 50; ++i) {
    NewFolder result(folder);
    result.put_in_place();
  }
  goes_on = false;
  reader.join();
  CHECK(misses == 0);
}

TEST_CASE("a new folder that is not put in place leaves the old one, and nothing of itself") {
  const TempFolder parent;
  const fs::path folder = old_folder(parent);
  fs::path made;
  {
    const NewFolder result(folder / "");  // a slash at the end changes nothing
    made = result.path();
    write_atomically(made / "text", "new");
  }
  CHECK(read_file(folder / "text") == "old");
  CHECK_FALSE(fs::exists(made));
}

TEST_CASE("two processes do not replace one folder at a time") {
  const TempFolder parent;
  const NewFolder result(parent.path() / "result");
  CHECK_THROWS_WITH(NewFolder(parent.path() / "result"), Catch::Contains("in use"));
  CHECK_NOTHROW(NewFolder(parent.path() / "another"));
}

TEST_CASE("what a killed process left is put right by the next one") {
  const TempFolder parent;
  const fs::path folder = old_folder(parent);
  const int ended = in_child([&] {
    NewFolder result(folder);
    write_atomically(result.path() / "half", "");
    return std::raise(SIGKILL);
  });
  REQUIRE(ended == 128 + SIGKILL);
  CHECK(read_file(folder / "text") == "old");
  CHECK(fs::is_empty(NewFolder(folder).path()));

  // Killed between the two moves: the old folder stands aside, the new one is made.
  fs::rename(folder, parent.path() / ".result.part/old");
  write_atomically(parent.path() / ".result.part/new/text", "new");
  CHECK(fs::is_empty(NewFolder(folder).path()));
  CHECK(read_file(folder / "text") == "old");
}

TEST_CASE("a process killed after the swap leaves the new folder, and the old one goes") {
  const TempFolder parent;
  const fs::path folder = old_folder(parent);
  write_atomically(parent.path() / ".result.part/new/text", "old");  // as the swap leaves the two
  write_atomically(folder / "text", "new");
  CHECK(fs::is_empty(NewFolder(folder).path()));
  CHECK(read_file(folder / "text") == "new");
}

TEST_CASE("a process killed before it removed the old folder leaves the new one, and the old one goes") {
  const TempFolder parent;
  const fs::path folder = old_folder(parent);
  const fs::path old = parent.path() / ".result.part/old";
  NewFolder(folder).put_in_place();
  write_atomically(old / "text", "old");
  write_atomically(folder / "text", "new");
  CHECK(fs::is_empty(NewFolder(folder).path()));
  CHECK_FALSE(fs::exists(old));
  CHECK(read_file(folder / "text") == "new");
}

TEST_CASE("an old folder that could not be given its name back is never removed, and gets it from the next one") {
  const TempFolder parent;
  const fs::path folder = old_folder(parent);
  const fs::path old = parent.path() / ".result.part/old";
  {
    const NewFolder result(folder);
    write_atomically(result.path() / "text", "new");
    fs::rename(folder, old);  // put_in_place came so far, and each of its other moves failed
  }
  CHECK(read_file(old / "text") == "old");

  // Somebody takes the name.
  write_atomically(folder / "text", "another");
  for (int i = 0; i < 2; ++i) {
    CHECK_THROWS_WITH(NewFolder(folder), Catch::Contains(folder.string() + ": took its name") &&
                                             Catch::Contains(old.string() + "; move one of the two away"));
    CHECK(read_file(old / "text") == "old");
    CHECK(read_file(folder / "text") == "another");
  }

  fs::remove_all(folder);
  const NewFolder next(folder);
  CHECK(read_file(folder / "text") == "old");
  CHECK(fs::is_empty(next.path()));
}

TEST_CASE("when the new folder cannot take the name, the old one has it again") {
  const NoExchange none(GENERATE(0, EINVAL));
  const TempFolder parent;
  const fs::path folder = old_folder(parent);
  {
    NewFolder result(folder);
    fs::remove(result.path());  // so that it cannot be moved
    CHECK_THROWS_WITH(result.put_in_place(), Catch::Contains("cannot be moved"));
  }
  CHECK(read_file(folder / "text") == "old");
}

TEST_CASE("a folder that is named by way of a link is the one that every other call finds there") {
  const TempFolder parent;
  write_atomically(parent.path() / "elsewhere/folder/file", "");
  write_atomically(parent.path() / "result/keep", "");
  fs::create_directory_symlink(parent.path() / "elsewhere/folder", parent.path() / "link");
  const fs::path folder = parent.path() / "link/../result";
  NewFolder result(folder);
  write_atomically(result.path() / "text", "new");
  result.put_in_place();
  CHECK(read_file(folder / "text") == "new");
  CHECK(fs::exists(parent.path() / "elsewhere/result/text"));
  CHECK(fs::exists(parent.path() / "result/keep"));
}

TEST_CASE("a file is not replaced by a folder") {
  const TempFolder parent;
  write_atomically(parent.path() / "file", "precious");
  CHECK_THROWS_WITH(NewFolder(parent.path() / "file"), Catch::Contains("is a file"));
  CHECK_THROWS_WITH(NewFolder(parent.path() / "file/below"), Catch::Contains("is a file"));
  CHECK(read_file(parent.path() / "file") == "precious");
}

}  // namespace
}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/full_disk.hpp"
#include "support/skip.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  return names;
}

TEST_CASE("a file is written whole, in folders that are made for it, and leaves no .part") {
  const TempFolder folder;
  const std::string bytes("a\0b\r\n\xff", 6);
  write_atomically(folder.path() / "x" / "y" / "file", bytes);
  CHECK(read_file(folder.path() / "x" / "y" / "file") == bytes);
  CHECK(names_in(folder.path() / "x" / "y") == std::vector<std::string>{"file"});
}

TEST_CASE("a shorter text replaces a longer one, and a stale .part is no hindrance") {
  const TempFolder folder;
  write_atomically(folder.path() / "file.part", "left by a crash, and longer");
  write_atomically(folder.path() / "file", "long text");
  write_atomically(folder.path() / "file", "");
  CHECK(read_file(folder.path() / "file").empty());
  CHECK(names_in(folder.path()) == std::vector<std::string>{"file"});
}

TEST_CASE("when the disk is full, the old file stands, no .part is left, and the message names the file") {
  const TempFolder folder;
  const fs::path path = folder.path() / "file";
  write_atomically(path, "old");
  std::string message;
  {
    const FullDisk full(1000);
    try {
      write_atomically(path, std::string(5000, 'x'));
    } catch (const Error& error) {
      message = error.what();
    }
  }
  CHECK_THAT(message, Contains(path.string()) && Contains("cannot write") && Contains("File too large"));
  CHECK(read_file(path) == "old");
  CHECK(names_in(folder.path()) == std::vector<std::string>{"file"});
}

TEST_CASE("a folder under the name of the file stays, and no .part is left") {
  const TempFolder folder;
  fs::create_directories(folder.path() / "file" / "inside");
  CHECK_THROWS_WITH(write_atomically(folder.path() / "file", "text"), Contains("is a folder"));
  CHECK(fs::is_directory(folder.path() / "file" / "inside"));
  CHECK(names_in(folder.path()) == std::vector<std::string>{"file"});
}

TEST_CASE("what is no file keeps its name, and that is found out before the work too") {
  const TempFolder folder;
  const fs::path regular = folder.path() / "regular";
  write_atomically(regular, "text");
  const int opened = ::open(regular.c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  fs::create_symlink("pipe", folder.path() / "to-pipe");
  fs::create_symlink("/dev/null", folder.path() / "to-device");
  fs::create_symlink("/proc/self/fd/" + std::to_string(opened), folder.path() / "to-opened");  // as /dev/stdout > file
  for (const char* name : {"pipe", "to-pipe", "to-device", "to-opened"}) {
    const fs::path path = folder.path() / name;
    const std::string expected = path.string() + ": is a device, a pipe or a socket";
    const fs::file_type type = fs::symlink_status(path).type();
    CHECK_THROWS_WITH(require_writable_file(path), Contains(expected));
    CHECK_THROWS_WITH(write_atomically(path, "new"), Contains(expected));
    CHECK(fs::symlink_status(path).type() == type);
    CHECK_FALSE(fs::exists(path.string() + ".part"));
  }
  ::close(opened);
  CHECK(read_file(regular) == "text");

  fs::create_directory(folder.path() / "folder");
  fs::create_symlink("folder", folder.path() / "to-folder");
  for (const char* name : {"folder", "to-folder", "folder/"}) {
    CHECK_THROWS_WITH(require_writable_file(folder.path() / name), Contains("is a folder"));
    CHECK_THROWS_WITH(write_atomically(folder.path() / name, "new"), Contains("is a folder"));
  }
  CHECK(fs::is_symlink(folder.path() / "to-folder"));
}

TEST_CASE("a link to a file is replaced by the file, and what it led to stays") {
  const TempFolder folder;
  write_atomically(folder.path() / "file", "old");
  fs::create_symlink("file", folder.path() / "link");
  require_writable_file(folder.path() / "link");
  write_atomically(folder.path() / "link", "new");
  CHECK_FALSE(fs::is_symlink(folder.path() / "link"));
  CHECK(read_file(folder.path() / "link") == "new");
  CHECK(read_file(folder.path() / "file") == "old");
}

TEST_CASE("a .part that is no writer's is replaced: what a link leads to stays, and nobody waits at a pipe") {
  const TempFolder folder;
  const fs::path path = folder.path() / "file";
  const fs::path part = folder.path() / "file.part";
  const fs::path precious = folder.path() / "precious";
  write_atomically(precious, "precious");
  const auto is_written_over = [&](const std::string& text) {
    write_atomically(path, text);
    return read_file(path) == text && !fs::exists(fs::symlink_status(part)) && read_file(precious) == "precious";
  };
  fs::create_symlink("precious", part);
  CHECK(is_written_over("over a link"));
  fs::create_symlink("nothing", part);
  CHECK(is_written_over("over a link to nothing"));
  CHECK_FALSE(fs::exists(folder.path() / "nothing"));
  REQUIRE(::mkfifo(part.c_str(), 0600) == 0);
  CHECK(is_written_over("over a pipe"));
  REQUIRE(::mkfifo(part.c_str(), 0600) == 0);
  const int reader = ::open(part.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  CHECK(is_written_over("over a pipe with a reader"));
  char byte = 0;
  CHECK(::read(reader, &byte, 1) == 0);
  ::close(reader);

  fs::create_directory(part);
  CHECK_THROWS_WITH(write_atomically(path, "new"), Contains("file.part: cannot write: Is a directory"));
  CHECK(read_file(path) == "over a pipe with a reader");
}

TEST_CASE("a path below a regular file is refused with the name of that file") {
  const TempFolder folder;
  const fs::path file = folder.path() / "file";
  write_atomically(file, "text");
  const std::string expected = file.string() + " is a file; choose another folder";
  CHECK_THROWS_WITH(write_atomically(file / "below", "text"), Contains(expected));
  CHECK_THROWS_WITH(write_atomically(file / "far" / "below", "text"), Contains(expected));
  CHECK_THROWS_WITH(make_folder(file), Contains(expected));
  CHECK_THROWS_WITH(make_folder(file / "below"), Contains(expected));
  CHECK(read_file(file) == "text");
}

TEST_CASE("a folder that is there already is no error") {
  const TempFolder folder;
  make_folder(folder.path() / "a" / "b");
  make_folder(folder.path() / "a" / "b");
  CHECK(fs::is_directory(folder.path() / "a" / "b"));
}

TEST_CASE("whether files can be made in a folder is found out without making one") {
  const TempFolder folder;
  const fs::path inner = folder.path() / "a" / "b";
  CHECK_NOTHROW(require_writable(folder.path()));
  CHECK_NOTHROW(require_writable(inner));
  CHECK(fs::is_empty(folder.path()));
  write_atomically(folder.path() / "file", "text");
  for (const auto& require_it : {require_writable, require_writable_file}) {
    CHECK_NOTHROW(require_it(folder.path() / "new" / "b"));
    CHECK_THROWS_WITH(require_it(folder.path() / "file" / "b" / "c"),
                      Contains((folder.path() / "file").string() + " is a file; choose another folder"));
  }
  CHECK(names_in(folder.path()) == std::vector<std::string>{"file"});
  const fs::path link = folder.path() / "link";
  fs::create_symlink(folder.path() / "unmounted", link);
  CHECK_THROWS_WITH(require_writable(link), Contains(link.string() + " is a link that leads to no folder"));
  CHECK_THROWS_WITH(require_writable_file(link / "b"), Contains(link.string() + " is a link that leads to no folder"));
  CHECK_THROWS_WITH(make_folder(link / "b"), Contains(link.string() + " is a link that leads to no folder"));

  fs::create_directory(folder.path() / "a");
  fs::permissions(folder.path(), fs::perms(0755));
  fs::permissions(folder.path() / "a", fs::perms(0555));
  constexpr int kNobodyIsNoUser = 1;
  const int exit_code = in_child([&] {
    if (::geteuid() == 0 && ::setuid(65'534) != 0) return kNobodyIsNoUser;  // root may write anywhere
    try {
      require_writable(inner);
      return 2;
    } catch (const Error& error) {
      const std::string expected = inner.string() + ": cannot write to " + (folder.path() / "a").string() +
                                   ": Permission denied; choose another folder";
      return error.what() == expected ? 0 : 3;
    }
  });
  if (exit_code == kNobodyIsNoUser) return skip("this user may write to every folder, and become nobody who may not");
  CHECK(exit_code == 0);
}

TEST_CASE("a file is read up to its limit, and a larger one refused with both sizes") {
  const TempFolder folder;
  const fs::path path = folder.path() / "file";
  write_atomically(path, "12345");
  CHECK(read_file(path, 5) == "12345");
  CHECK_THROWS_WITH(read_file(path, 4), Contains(path.string() + ": has 5 bytes, expected at most 4"));
}

TEST_CASE("what is no regular file cannot be read") {
  const TempFolder folder;
  CHECK_THROWS_WITH(read_file(folder.path()), Contains(folder.path().string() + ": is not a regular file"));
  CHECK_THROWS_WITH(read_file("/dev/null"), Contains("/dev/null: is not a regular file"));
  CHECK_THROWS_WITH(read_file(folder.path() / "none"), Contains("none: no such file"));
}

TEST_CASE("a file that two threads replace at a time is read whole, as the one or the other wrote it") {
  const TempFolder folder;
  const fs::path file = folder.path() / "file";
  const std::string shorter(10, 'a');
  const std::string longer(20, 'b');
  write_atomically(file, shorter);
  std::atomic<bool> goes_on = true;
  std::atomic<int> failures = 0;
  const auto keep_writing = [&](const std::string& text) {
    while (goes_on) {
      try {
        write_atomically(file, text);
      } catch (const Error&) {
        ++failures;
      }
    }
  };
  std::thread one(keep_writing, shorter);
  std::thread other(keep_writing, longer);
  std::map<std::string, int> found;
  int refused = 0;
  const auto saw_both = [&] { return found[shorter] > 0 && found[longer] > 0; };
  for (int i = 0; (i < 20'000 || !saw_both()) && failures == 0 && refused == 0; ++i) {
    try {
      ++found[read_file(file)];
    } catch (const Error&) {  // the writers must end first
      ++refused;
    }
  }
  goes_on = false;
  one.join();
  other.join();
  CHECK(refused == 0);
  CHECK(found.size() == 2);
  CHECK(failures == 0);
  CHECK(names_in(folder.path()) == std::vector<std::string>{"file"});
}

TEST_CASE("the root of the project is $RESNET_ROOT, or else the source folder") {
  const char* variable = std::getenv("RESNET_ROOT");
  const std::string before = variable == nullptr ? "" : variable;
  ::setenv("RESNET_ROOT", "/somewhere else", 1);
  const fs::path elsewhere = project_root();
  ::setenv("RESNET_ROOT", "", 1);
  const fs::path built_from = project_root();
  ::setenv("RESNET_ROOT", before.c_str(), 1);
  CHECK(elsewhere == "/somewhere else");
  CHECK(built_from == RESNET_SOURCE_DIR);
}

}  // namespace
}  // namespace resnet

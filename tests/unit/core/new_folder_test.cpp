// SPDX-License-Identifier: MIT
#include "core/new_folder.hpp"

#include <csignal>
#include <fstream>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

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

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

TEST_CASE("a file is not replaced by a folder") {
  const TempFolder parent;
  write_atomically(parent.path() / "file", "precious");
  CHECK_THROWS_WITH(NewFolder(parent.path() / "file"), Catch::Contains("is a file"));
  CHECK_THROWS_WITH(NewFolder(parent.path() / "file/below"), Catch::Contains("is a file"));
  CHECK(read_file(parent.path() / "file") == "precious");
}

}  // namespace
}  // namespace resnet

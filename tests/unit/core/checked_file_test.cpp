// SPDX-License-Identifier: MIT
#include "core/checked_file.hpp"

#include <chrono>
#include <set>
#include <string>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace fs = std::filesystem;

TEST_CASE("a checked file takes its name after the check, which reads its bytes") {
  const TempFolder folder;
  const fs::path file = folder.path() / "new" / "file";
  bool was_checked = false;
  resnet::write_checked(file, "bytes", [&](const fs::path& candidate) {
    was_checked = true;
    CHECK(resnet::read_file(candidate) == "bytes");
    CHECK_FALSE(fs::exists(file));
  });
  CHECK(was_checked);
  CHECK(resnet::read_file(file) == "bytes");
  CHECK(std::distance(fs::directory_iterator(file.parent_path()), {}) == 1);
}

TEST_CASE("a file that fails its check leaves the old one, and nothing else") {
  const TempFolder folder;
  const fs::path file = folder.path() / "file";
  resnet::write_atomically(file, "old");
  const auto refuse = [](const fs::path&) { resnet::fail("is not good"); };
  CHECK_THROWS_WITH(resnet::write_checked(file, "new", refuse), "is not good");
  CHECK(resnet::read_file(file) == "old");
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
  CHECK_THROWS_WITH(resnet::write_checked(folder.path(), "new", [](const fs::path&) {}),
                    Catch::Contains("is a folder"));
}

TEST_CASE("two who check one file at a time, in one process too, have candidates of their own") {
  const TempFolder folder;
  const fs::path file = folder.path() / "file";
  resnet::write_checked(file, "outer", [&](const fs::path& outer) {
    resnet::write_checked(file, "inner", [&](const fs::path& inner) {
      CHECK(inner != outer);
      CHECK(resnet::read_file(inner) == "inner");
    });
    CHECK(resnet::read_file(outer) == "outer");
  });
  CHECK(resnet::read_file(file) == "outer");
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("what a process that was killed left of the file is removed after a day, and nothing else") {
  const TempFolder folder;
  const auto write = [&](const std::string& name, int hours_ago) {
    resnet::write_atomically(folder.path() / name, "begun");
    fs::last_write_time(folder.path() / name, fs::file_time_type::clock::now() - std::chrono::hours(hours_ago));
  };
  for (const char* name : {".file.7.unchecked", ".file.8.unchecked.part"}) write(name, 25);
  const std::set<std::string> others = {".file.unchecked", ".file.x.unchecked", ".other.7.unchecked",
                                        ".file.7.unchecked.txt"};
  for (const std::string& name : others) write(name, 25);
  write(".file.9.unchecked", 23);
  resnet::write_checked(folder.path() / "file", "bytes", [](const fs::path&) {});
  std::set<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder.path())) left.insert(entry.path().filename().string());
  std::set<std::string> expected = others;
  expected.insert({"file", ".file.9.unchecked"});
  CHECK(left == expected);
}

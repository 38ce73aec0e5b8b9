// SPDX-License-Identifier: MIT
#include "prepare/archive.hpp"

#include <filesystem>
#include <fstream>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "unit/prepare/tar_gz.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using Kind = TarEntry::Kind;

// What read_archive says of an archive with these entries when it is asked for a/b (at most 10 bytes).
std::string complaint(const std::vector<TarEntry>& entries) {
  const TempFolder folder;
  write_tar_gz(folder.path() / "x.tar.gz", entries);
  try {
    resnet::read_archive(folder.path() / "x.tar.gz", {{"a/b", 10}});
  } catch (const resnet::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("Wanted files come out of an archive in the order asked for") {
  const TempFolder folder;
  write_tar_gz(folder.path() / "x.tar.gz",
               {{"a", "", Kind::kFolder}, {"a/1", "one"}, {"a/2", "two"}, {"b", "unasked"}});
  CHECK(resnet::read_archive(folder.path() / "x.tar.gz", {{"a/2", 3}, {"a/1", 3}}) ==
        std::vector<std::string>{"two", "one"});
}

TEST_CASE("An archive without a wanted file, or with two of that name, is refused") {
  CHECK_THAT(complaint({{"a/c", "x"}}), Contains("a/b is not in it"));
  CHECK_THAT(complaint({{"a/b", "x"}, {"a/b", "y"}}), Contains("a/b is in it twice"));
}

TEST_CASE("A wanted file that is larger than it may be is refused") {
  CHECK(complaint({{"a/b", "0123456789"}}).empty());
  CHECK_THAT(complaint({{"a/b", "0123456789A"}}), Contains("a/b in it has more than 10 bytes"));
  CHECK_THAT(complaint({{"a/b", std::string(5'000'000, 'x')}}), Contains("more than 10 bytes"));
}

TEST_CASE("A link or a folder does not pass for a wanted file") {
  CHECK_THAT(complaint({{"a/b", "/etc/passwd", Kind::kSymlink}}), Contains("not a plain file"));
  CHECK_THAT(complaint({{"a/c", "x"}, {"a/b", "a/c", Kind::kHardlink}}), Contains("not a plain file"));
  CHECK_THAT(complaint({{"a/b", "", Kind::kFolder}}), Contains("not in it") || Contains("not a plain file"));
}

TEST_CASE("Paths that lead out of an archive are skipped and nothing is written") {
  const TempFolder folder;
  const fs::path inside = folder.path() / "inside";
  fs::create_directory(inside);
  const std::string absolute = (folder.path() / "absolute").string();
  write_tar_gz(inside / "x.tar.gz",
               {{"../evil", "x"}, {absolute, "x"}, {"./a/b", "x"}, {"a/../a/b", "x"}, {"a/b/../../../evil", "x"}});
  CHECK_THROWS_WITH(resnet::read_archive(inside / "x.tar.gz", {{"a/b", 10}}), Contains("a/b is not in it"));
  CHECK_FALSE(fs::exists(folder.path() / "evil"));
  CHECK_FALSE(fs::exists(absolute));
  CHECK(std::distance(fs::directory_iterator(inside), fs::directory_iterator()) == 1);
}

TEST_CASE("A damaged archive gives an error, not half of a file") {
  const TempFolder folder;
  const fs::path path = folder.path() / "x.tar.gz";
  std::string noise;
  for (int i = 0; i < 100'000; ++i) noise += static_cast<char>((i * 7919) >> 5);
  write_tar_gz(path, {{"a/b", noise}});
  const std::vector<resnet::WantedEntry> wanted = {{"a/b", 100'000}};
  CHECK(resnet::read_archive(path, wanted).front() == noise);
  const std::string bytes = resnet::read_file(path);
  for (const std::size_t length : {std::size_t{0}, std::size_t{5}, bytes.size() / 2, bytes.size() - 20}) {
    INFO("cut to " << length << " of " << bytes.size() << " bytes");
    std::ofstream(path, std::ios::binary) << bytes.substr(0, length);
    CHECK_THROWS_AS(resnet::read_archive(path, wanted), resnet::Error);
  }
  std::ofstream(path, std::ios::binary) << "<html>not an archive</html>";
  CHECK_THROWS_WITH(resnet::read_archive(path, wanted), Contains("is not a sound .tar.gz"));
  CHECK_THROWS_AS(resnet::read_archive(folder.path() / "nowhere.tar.gz", wanted), resnet::Error);
}

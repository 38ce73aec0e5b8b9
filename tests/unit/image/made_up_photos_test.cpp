// SPDX-License-Identifier: MIT
#include "image/made_up_photos.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/new_folder.hpp"
#include "image/encoded_image.hpp"
#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

constexpr MadeUpPhotos kFew{.classes = 3, .train_images = 2, .validation_images = 1, .shorter_side = 40, .seed = 1};

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".jpg")
      files.push_back(fs::relative(entry.path(), folder));
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST_CASE("made-up photographs are JPEGs of several proportions in a folder for each class, the same each time") {
  const TempFolder folder;
  make_up_photos(folder.path() / "one", kFew);
  make_up_photos(folder.path() / "two", kFew);
  const std::vector<fs::path> files = files_below(folder.path() / "one");
  CHECK(files.size() == 9);
  CHECK(files.front() == "train/class000/00000.jpg");
  for (const fs::path& file : files) {
    CAPTURE(file);
    const EncodedImage image = read_encoded_image(folder.path() / "one" / file);
    CHECK(std::min(image.header.size.height, image.header.size.width) == 40);
    CHECK(std::max(image.header.size.height, image.header.size.width) <= 60);
    CHECK(image.bytes == read_file(folder.path() / "two" / file));
  }
}

TEST_CASE("a folder made up before is left as it is, another kind replaces it, and what was not made up stays") {
  const TempFolder folder;
  const fs::path made = folder.path() / "made";
  make_up_photos(made, kFew);
  fs::remove(made / "train/class000/00000.jpg");
  make_up_photos(made, kFew);
  CHECK_FALSE(fs::exists(made / "train/class000/00000.jpg"));
  MadeUpPhotos other = kFew;
  other.classes = 2;
  make_up_photos(made, other);
  CHECK(files_below(made).size() == 6);

  write_atomically(folder.path() / "mine" / "thesis.txt", "text");
  CHECK_THROWS_WITH(make_up_photos(folder.path() / "mine", kFew), Contains("holds something that was not made up"));
  CHECK(fs::exists(folder.path() / "mine" / "thesis.txt"));
  other.classes = 0;
  CHECK_THROWS_AS(make_up_photos(made, other), Error);
}

TEST_CASE("a process waits while another one makes the photographs up, and then has them") {
  const TempFolder folder;
  const fs::path made = folder.path() / "made";
  const fs::path begun = folder.path() / "begun";
  const fs::path go_on = folder.path() / "go on";
  const pid_t other = start_child([&] {
    const NewFolder held(made);
    write_atomically(begun, "");
    return wait_until([&] { return fs::exists(go_on); }) ? 0 : 1;
  });
  REQUIRE(wait_until([&] { return fs::exists(begun); }, other));
  const pid_t waiting = start_child([&] {
    make_up_photos(made, kFew, [&](const std::string& why) {
      if (why.find("in use by process") != std::string::npos) write_atomically(go_on, "");
    });
    return files_below(made).size() == 9 ? 0 : 1;
  });
  CHECK(wait_for_child(waiting) == 0);
  CHECK(wait_for_child(other) == 0);
}

}  // namespace
}  // namespace resnet

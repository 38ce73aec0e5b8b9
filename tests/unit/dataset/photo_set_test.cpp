// SPDX-License-Identifier: MIT
#include "dataset/photo_set.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

/// Files with a byte or two in them: nobody opens them here.
void write(const fs::path& folder, const std::vector<std::string>& files) {
  for (const std::string& file : files) write_atomically(folder / file, file.size() % 2 == 0 ? "ab" : "a");
}

TEST_CASE("a folder's classes are its folders, sorted by name, and their files are sorted too") {
  const TempFolder folder;
  write(folder.path(), {"zebra/2.jpg", "zebra/10.jpg", "ant/b.JPEG", "ant/a.png", "Bee/x", "not in a class.txt"});
  const PhotoSet set = read_photo_set(folder.path());
  CHECK(set.class_names == std::vector<std::string>{"Bee", "ant", "zebra"});
  CHECK(set.files == std::vector<std::string>{"Bee/x", "ant/a.png", "ant/b.JPEG", "zebra/10.jpg", "zebra/2.jpg"});
  CHECK(set.labels == std::vector<std::int64_t>{0, 1, 1, 2, 2});
  CHECK(set.bytes == std::vector<std::uintmax_t>{1, 1, 2, 2, 1});
  CHECK(set.path(3) == folder.path() / "zebra" / "10.jpg");
}

TEST_CASE("files in folders within a class belong to it, hidden ones to nobody, and links are followed") {
  const TempFolder folder;
  write(folder.path(), {"set/a/images/1.jpg", "set/a/2.jpg", "set/a/.DS_Store", "set/.cache/3.jpg", "elsewhere/4.jpg"});
  fs::create_directory_symlink(folder.path() / "elsewhere", folder.path() / "set" / "b");
  const PhotoSet set = read_photo_set(folder.path() / "set");
  CHECK(set.files == std::vector<std::string>{"a/2.jpg", "a/images/1.jpg", "b/4.jpg"});
  CHECK(set.class_names == std::vector<std::string>{"a", "b"});
}

TEST_CASE("what cannot be read is in the index, to be named by whoever wants to see it") {
  const TempFolder folder;
  write(folder.path(), {"a/1.jpg"});
  fs::create_symlink("nowhere", folder.path() / "a" / "2.jpg");
  REQUIRE(::mkfifo((folder.path() / "a" / "3.jpg").c_str(), 0600) == 0);
  const PhotoSet set = read_photo_set(folder.path());
  CHECK(set.files == std::vector<std::string>{"a/1.jpg", "a/2.jpg", "a/3.jpg"});
  CHECK(set.bytes == std::vector<std::uintmax_t>{1, 0, 0});
}

TEST_CASE("a folder that is no set of photographs is refused, and what is wrong is named") {
  const TempFolder folder;
  const fs::path& top = folder.path();
  CHECK_THROWS_WITH(read_photo_set(top / "none"), Contains("none: no such folder"));
  CHECK_THROWS_WITH(read_photo_set(top), Contains("has no images, expected a folder for each class"));
  write(top, {"file"});
  CHECK_THROWS_WITH(read_photo_set(top / "file"), Contains("is not a folder"));
  CHECK_THROWS_WITH(read_photos(top), Contains("expected train/<class>/ and val/<class>/, or the lists"));

  SECTION("a class without images") {
    write(top, {"a/1.jpg", "b/.hidden"});
    CHECK_THROWS_WITH(read_photo_set(top), Contains("b: has no images; put some there, or remove the folder"));
  }
  SECTION("a link to a folder around it") {
    write(top, {"a/1.jpg"});
    fs::create_directory_symlink("..", top / "a" / "loop");
    CHECK_THROWS_WITH(read_photo_set(top),
                      Contains("'a' and 'a/loop/a' in it are one folder; remove the one that is a link"));
  }
  SECTION("links that lead to one folder in more ways than one") {
    write(top, {"a/1.jpg", "elsewhere/2.jpg"});
    for (const char* name : {"one", "two"}) fs::create_directory_symlink(top / "elsewhere", top / "a" / name);
    CHECK_THROWS_WITH(read_photo_set(top), Contains("'a/one' and 'a/two' in it are one folder"));
  }
  SECTION("a name with a line end, and one that is no UTF-8") {
    for (const char* name : {"a/1\n.jpg", "a/\xff.jpg", "\xc3/1.jpg", "a/\x7f.jpg", "a/\xed\xa0\x80.jpg",
                             "a/\xe0\x80\x80.jpg", "a/\xf4\x90\x80\x80.jpg", "a/\xc2\x80.jpg", "a/\xc2\x9f.jpg"}) {
      const TempFolder other;
      write(other.path(), {name});
      CHECK_THROWS_WITH(read_photo_set(other.path()), Contains("?") && Contains("no printable UTF-8; rename it"));
    }
    write(top, {"\xc3\xa9l\xc3\xa9phant/\xe8\xb1\xa1 1.jpg", "\xc3\xa9l\xc3\xa9phant/\xc2\xa0.jpg"});
    CHECK(read_photo_set(top).class_names == std::vector<std::string>{"\xc3\xa9l\xc3\xa9phant"});
  }
}

TEST_CASE("the validation set has the labels of the training set, even where it lacks a class") {
  const TempFolder folder;
  write(folder.path(), {"train/a/1.jpg", "train/b/1.jpg", "train/c/1.jpg", "val/c/1.jpg", "val/a/1.jpg"});
  const Photos photos = read_photos(folder.path());
  CHECK(photos.validation.labels == std::vector<std::int64_t>{0, 2});
  CHECK(photos.validation.class_names == photos.train.class_names);
  write(folder.path(), {"val/d/1.jpg"});
  CHECK_THROWS_WITH(read_photos(folder.path()), Contains("the class 'd' is none of the 3 classes trained on"));
}

TEST_CASE("a folder is a set by the folders in its train or val, or by its lists; else it is one of classes") {
  const TempFolder folder;
  const fs::path& top = folder.path();
  CHECK(photo_layout(top / "none") == PhotoLayout::kClasses);

  SECTION("classes, of which one is named like a part of a set") {
    const std::string name = GENERATE("train", "val");
    write(top, {"cat/1.jpg", "dog/1.jpg", name + "/1.jpg", name + "/.thumbnails/1.jpg"});
    fs::create_directory(top / ".train");
    CHECK(photo_layout(top) == PhotoLayout::kClasses);
    CHECK(read_photo_part(top, name).class_names == std::vector<std::string>{"cat", "dog", name});
    CHECK_THROWS_WITH(read_photos(top), Contains("holds no photographs: expected train/<class>/"));
  }
  SECTION("a set in folders, or half of one, with lists beside it") {
    const std::string name = GENERATE("train", "val");
    write(top, {name + "/cat/1.jpg", name + "/dog/1.jpg", name + ".txt", "val.txt"});
    CHECK(photo_layout(top) == PhotoLayout::kFolders);
    CHECK(read_photo_part(top, name).files == std::vector<std::string>{"cat/1.jpg", "dog/1.jpg"});
    CHECK(read_photo_part(top, name, {"dog", "cat"}).labels == std::vector<std::int64_t>{1, 0});
    if (name == "val") {
      CHECK_THROWS_WITH(read_photo_part(top, "train"), Contains("no such folder"));
    } else {  // the other half in a list
      write_atomically(top / "val.txt", "train/dog/1.jpg 1\n");
      CHECK(read_photo_part(top, "val", {"cat", "dog"}).labels == std::vector<std::int64_t>{1});
    }
  }
  SECTION("a set in lists, of images in folders") {
    write(top, {"train/1.jpg", "val/1.jpg"});
    write_atomically(top / "val.txt", "val/1.jpg 1\nval/1.jpg 0\n");
    CHECK(photo_layout(top) == PhotoLayout::kLists);
    CHECK(read_photo_part(top, "val", {"a", "b"}).labels == std::vector<std::int64_t>{1, 0});
    CHECK_THROWS_WITH(read_photo_part(top, "train"), Contains("train.txt: no such file"));
    write(top, {"val/of a list/1.jpg", "train.txt"});
    CHECK(photo_layout(top) == PhotoLayout::kLists);
    CHECK(read_photo_part(top, "val").size() == 2);
    fs::remove(top / "val.txt");  // the other half in folders
    fs::remove(top / "val/1.jpg");
    CHECK(read_photo_part(top, "val").files == std::vector<std::string>{"of a list/1.jpg"});
  }
}

TEST_CASE("a list too large for memory is refused before it is taken apart") {
  const TempFolder folder;
  const fs::path list = folder.path() / "train.txt";
  write_atomically(list, std::string(20'000'001, '\n'));
  CHECK_THROWS_WITH(read_photo_list(list), Contains("train.txt: has 20000001 lines, expected at most 20000000"));
  fs::resize_file(list, (std::uintmax_t{1} << 30) + 1);
  CHECK_THROWS_WITH(read_photo_list(list), Contains("train.txt: has 1073741825 bytes, expected at most 1073741824"));
}

TEST_CASE("lists have a path and a label a line, with the names of the classes beside them") {
  const TempFolder folder;
  const fs::path& top = folder.path();
  write_atomically(top / "train.txt", "n01/a b.jpg 0\r\n\nx.jpg\t2\nn01/c.jpg  1\n");
  write_atomically(top / "val.txt", "/elsewhere/v.jpg 1");
  SECTION("named") {
    write_atomically(top / "classes.txt", "tench\ngreat white shark\r\ncock\n");
    const Photos photos = read_photos(top);
    CHECK(photos.train.files == std::vector<std::string>{"n01/a b.jpg", "x.jpg", "n01/c.jpg"});
    CHECK(photos.train.labels == std::vector<std::int64_t>{0, 2, 1});
    CHECK(photos.train.class_names == std::vector<std::string>{"tench", "great white shark", "cock"});
    CHECK(photos.train.path(1) == top / "x.jpg");
    CHECK(photos.validation.path(0) == "/elsewhere/v.jpg");
    CHECK(photos.validation.class_names == photos.train.class_names);
  }
  SECTION("numbered") {
    CHECK(read_photos(top).validation.class_names == std::vector<std::string>{"0", "1", "2"});
    write_atomically(top / "val.txt", "v.jpg 3");
    CHECK_THROWS_WITH(read_photos(top), Contains("val.txt: line 1: has the label 3, expected one of 0 to 2"));
  }
}

TEST_CASE("a list that is none is refused, and its line is named") {
  const TempFolder folder;
  const fs::path list = folder.path() / "train.txt";
  const auto refusal = [&](const std::string& text) {
    write_atomically(list, text);
    CHECK_THROWS_WITH(read_photo_list(list),
                      Contains(text.empty() ? "lists no images" : "train.txt: line 2: has no label"));
  };
  refusal("");
  for (const char* line : {"a.jpg", "a.jpg one", "a.jpg -1", "a.jpg 1x", " 1", "  1", "a.jpg 99999999999999999999"}) {
    refusal(std::string("b.jpg 0\n") + line);
  }
  write_atomically(list, "a.jpg 123456789");
  CHECK_THROWS_WITH(read_photo_list(list), Contains("has the label 123456789 and only 1 images"));
}

TEST_CASE("a name in a list is looked at to its end, and one in classes.txt must be there: the line is named") {
  const TempFolder folder;
  const fs::path list = folder.path() / "train.txt";
  for (const char* name : {"a\tb.jpg", "a\t\xff.jpg", "a \xc2\x9b.jpg"}) {
    write_atomically(list, std::string("b.jpg 0\n") + name + " 0\n");
    CHECK_THROWS_WITH(read_photo_list(list),
                      Contains("train.txt: line 2: holds the name 'a") && Contains("no printable UTF-8; rename it"));
  }
  write_atomically(list, "b.jpg 0\n");
  for (const char* names : {"tench\n\n", "tench\n \ncock\n", "tench\r\n\r\n", "tench\n\xff\n"}) {
    write_atomically(folder.path() / "classes.txt", names);
    CHECK_THROWS_WITH(read_photo_list(list), Contains("classes.txt: line 2: "));
  }
}

TEST_CASE("classes that are given are found by the names beside a list, in whichever order these are") {
  const TempFolder folder;
  const fs::path list = folder.path() / "val.txt";
  const std::vector<std::string> given = {"cat", "dog", "owl", "cow"};
  write_atomically(list, "1.jpg 0\n2.jpg 2\n3.jpg 0\n4.jpg 1\n");
  CHECK(read_photo_list(list, given).labels == std::vector<std::int64_t>{0, 2, 0, 1});  // their numbers

  const fs::path names = folder.path() / "classes.txt";
  write_atomically(names, "owl\ncat\ndog\nunknown and not listed\n");
  const PhotoSet set = read_photo_list(list, given);
  CHECK(set.labels == std::vector<std::int64_t>{2, 1, 2, 0});
  CHECK(set.class_names == given);

  write_atomically(names, "owl\ncat\nhen\n");
  CHECK_THROWS_WITH(read_photo_list(list, given), Contains(list.string()) && Contains(names.string()) &&
                                                      Contains("the class 'hen' is none of the 4 classes trained on"));
  write_atomically(names, "owl\ncat\n");
  CHECK_THROWS_WITH(read_photo_list(list, given), Contains("line 2: has the label 2, expected one of 0 to 1"));

  // A net that was trained on a list without names knows numbers alone.
  CHECK(read_photo_list(list, {"0", "1", "2"}).labels == std::vector<std::int64_t>{0, 2, 0, 1});
  // But digits are named by numbers, and a list may count them from 1 on.
  write_atomically(names, "1\n2\n0\n");
  CHECK(read_photo_list(list, {"0", "1", "2"}).labels == std::vector<std::int64_t>{1, 0, 1, 2});
}

TEST_CASE(
    "two classes of one name are told apart by their numbers, where the names are the same; by name they are not") {
  const TempFolder folder;
  const fs::path list = folder.path() / "val.txt";
  const std::vector<std::string> cranes = {"crane", "heron", "crane"};  // ImageNet has a bird and a machine
  write_atomically(list, "1.jpg 2\n2.jpg 0\n");
  write_atomically(folder.path() / "classes.txt", "crane\nheron\ncrane\n");
  CHECK(read_photo_list(list, cranes).labels == std::vector<std::int64_t>{2, 0});
  write_atomically(folder.path() / "classes.txt", "heron\ncrane\ncrane\n");
  CHECK_THROWS_WITH(read_photo_list(list, cranes), Contains("two of the 3 classes trained on are named 'crane'"));
}

TEST_CASE("images without labels are those directly in a folder: ImageNet's test images") {
  const TempFolder folder;
  write(folder.path(), {"b.jpg", "a.jpg", "inner/c.jpg"});
  const PhotoSet set = read_unlabeled_photos(folder.path());
  CHECK(set.files == std::vector<std::string>{"a.jpg", "b.jpg"});
  CHECK(set.labels == std::vector<std::int64_t>{-1, -1});
  CHECK_THROWS_WITH(read_unlabeled_photos(folder.path() / "none"), Contains("no such folder"));
}

TEST_CASE("the fingerprint of a set tells names, sizes, labels and classes, and not where it lies") {
  PhotoSet set{"here", {"a/1", "b/2"}, {10, 20}, {0, 1}, {"a", "b"}};
  const std::string first = fingerprint(set);
  CHECK(first.size() == 16);
  set.folder = "there";
  CHECK(fingerprint(set) == first);
  const auto differs = [&](auto change) {
    PhotoSet other = set;
    change(other);
    return fingerprint(other) != first;
  };
  CHECK(differs([](PhotoSet& other) { other.files[1] = "b/3"; }));
  CHECK(differs([](PhotoSet& other) { other.bytes[1] = 21; }));
  CHECK(differs([](PhotoSet& other) { other.labels[1] = 0; }));
  CHECK(differs([](PhotoSet& other) { other.class_names[1] = "c"; }));
}

}  // namespace
}  // namespace resnet

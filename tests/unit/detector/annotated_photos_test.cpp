// SPDX-License-Identifier: MIT
#include "detector/annotated_photos.hpp"

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace resnet;
namespace fs = std::filesystem;
using Catch::Contains;
using Names = std::vector<std::string>;

namespace {

/// A folder in VOC's layout with one image of this name and object.
void write_voc(const fs::path& folder, const std::string& image, const std::string& object) {
  write_atomically(folder / "ImageSets/Main/trainval.txt", image + "\n");
  write_atomically(folder / "Annotations" / (image + ".xml"),
                   "<annotation><object><name>" + object +
                       "</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
                       "</annotation>");
  write_atomically(folder / "JPEGImages" / (image + ".jpg"), "not opened");
}

}  // namespace

TEST_CASE("a folder of VOC's and a split name images and their files") {
  const TempFolder folder;
  write_voc(folder.path() / "VOC", "000005", "cat");
  const AnnotatedPhotos photos = read_annotated_photos((folder.path() / "VOC").string() + ":trainval");
  CHECK(photos.set.images == Names{"000005"});
  CHECK(photos.files == std::vector<fs::path>{folder.path() / "VOC/JPEGImages/000005.jpg"});
}

TEST_CASE("a file of COCO's and a folder name images and their files") {
  const TempFolder folder;
  const fs::path file = folder.path() / "val.json";
  const std::string end = R"(], "categories": [{"id": 2, "name": "cat"}], "annotations": []})";
  const std::string text = file.string() + ":" + (folder.path() / "images").string();
  for (const char* name : {"images/a.jpg", "images/sub/b.jpg"}) write_atomically(folder.path() / name, "not opened");
  write_atomically(file, R"({"images": [{"id": 9, "file_name": "sub/b.jpg"}, {"id": 4, "file_name": "a.jpg"})" + end);
  const AnnotatedPhotos photos = read_annotated_photos(text);
  CHECK(photos.set.images == Names{"4", "9"});
  CHECK(photos.files == std::vector<fs::path>{folder.path() / "images/a.jpg", folder.path() / "images/sub/b.jpg"});

  write_atomically(file, R"({"images": [{"id": 9})" + end);
  CHECK_THROWS_WITH(read_annotated_photos(text), Contains("image 9 names no file"));
  for (const char* name : {"../a.jpg", "/etc/passwd", "a/../../b.jpg"}) {
    write_atomically(file, R"({"images": [{"id": 9, "file_name": ")" + std::string(name) + "\"}" + end);
    CHECK_THROWS_WITH(read_annotated_photos(text), Contains("below the folder of images"));
  }
  write_atomically(file, R"({"images": [{"id": 9, "file_name": "c.jpg"})" + end);
  CHECK_THROWS_WITH(read_annotated_photos(text), Contains("c.jpg: no such file; it is an image of"));
}

TEST_CASE("what names no set is the command line's fault") {
  for (const char* text : {"VOC2007", ":trainval", "VOC2007:", ""}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(read_annotated_photos(text), Contains("is no set"));
  }
}

TEST_CASE("sets are joined by the names of their classes (Table 7: 07+12)") {
  const TempFolder folder;
  write_voc(folder.path() / "07", "000005", "dog");
  write_voc(folder.path() / "12", "2008_000001", "cat");
  const auto read = [&](const char* year) {
    return read_annotated_photos((folder.path() / year).string() + ":trainval");
  };
  const AnnotatedPhotos both = joined({read("07"), read("12")});
  CHECK(both.set.images == Names{"000005", "2008_000001"});
  CHECK(both.set.class_names == Names{"cat", "dog"});
  REQUIRE(both.set.objects.size() == 2);
  CHECK(both.set.objects[0].label == 1);
  CHECK(both.set.objects[1].label == 0);
  CHECK(both.set.objects[1].image == 1);
  CHECK(both.files.at(1) == folder.path() / "12/JPEGImages/2008_000001.jpg");
  CHECK(joined({read("07")}).set.class_names == Names{"dog"});
}

TEST_CASE("a fingerprint depends on images, objects and classes, and not on the folder") {
  const TempFolder folder;
  const auto of = [&](const char* place, const char* image, const char* object) {
    write_voc(folder.path() / place, image, object);
    return fingerprint(read_annotated_photos((folder.path() / place).string() + ":trainval"));
  };
  const std::string first = of("a", "1", "cat");
  CHECK(first == of("b", "1", "cat"));
  CHECK(first != of("c", "2", "cat"));
  CHECK(first != of("d", "1", "dog"));
}

TEST_CASE("a set can be searched without its annotations, which may be secret") {
  const TempFolder folder;
  write_voc(folder.path() / "voc", "000005", "dog");
  fs::remove_all(folder.path() / "voc/Annotations");
  const AnnotatedPhotos voc = read_photos_to_search((folder.path() / "voc").string() + ":trainval", {"cat", "dog"});
  CHECK(voc.set.images == Names{"000005"});
  CHECK(voc.set.class_names == Names{"cat", "dog"});
  CHECK(voc.files.size() == 1);

  const fs::path file = folder.path() / "test.json";
  write_atomically(file,
                   R"({"images": [{"id": 4, "file_name": "000005.jpg"}], "categories": [{"id": 2, "name": "cat"}]})");
  const AnnotatedPhotos coco =
      read_photos_to_search(file.string() + ":" + (folder.path() / "voc/JPEGImages").string(), {"dog"});
  CHECK(coco.set.images == Names{"4"});
  CHECK(coco.set.class_names == Names{"cat"});
}

TEST_CASE("sets of COCO's that are joined keep the numbers of their classes, and so their recipe") {
  const TempFolder folder;
  write_atomically(folder.path() / "a.jpg", "not opened");
  write_atomically(folder.path() / "b.jpg", "not opened");
  const auto read = [&](const std::string& name, const std::string& class_id) {
    const fs::path file = folder.path() / (name + ".json");
    write_atomically(file, R"({"images": [{"id": 1, "file_name": ")" + name + R"(.jpg"}], "categories": [{"id": )" +
                               class_id + R"(, "name": "zebra"}, {"id": 90, "name": "apple"}],
                               "annotations": [{"image_id": 1, "category_id": 90, "bbox": [0, 0, 9, 9]}]})");
    return read_annotated_photos(file.string() + ":" + folder.path().string());
  };
  const AnnotatedPhotos both = joined({read("a", "2"), read("b", "2")});
  CHECK(both.set.class_names == Names{"zebra", "apple"});
  CHECK(both.set.class_ids == std::vector<std::int64_t>{2, 90});
  REQUIRE(both.set.objects.size() == 2);
  CHECK(both.set.objects[1].label == 1);
  CHECK(both.set.objects[1].image == 1);
  CHECK(joined({read("a", "2"), read("b", "3")}).set.class_ids.empty());
}

TEST_CASE("no photograph is in two of the sets that are joined") {
  const TempFolder folder;
  write_voc(folder.path() / "07", "000005", "dog");
  const auto read = [&] { return read_annotated_photos((folder.path() / "07").string() + ":trainval"); };
  CHECK_THROWS_WITH(joined({read(), read()}), Contains("000005.jpg: stands in two of the sets"));
  const auto other_spelling = read_annotated_photos((folder.path() / "." / "07").string() + ":trainval");
  CHECK_THROWS_WITH(joined({read(), other_spelling}), Contains("000005.jpg: stands in two of the sets"));
}

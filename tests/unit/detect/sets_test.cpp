// SPDX-License-Identifier: MIT
// What is read of files in the two challenges' forms, and what of them is refused.
#include "core/error.hpp"
#include "core/file.hpp"
#include "detect/coco_detections.hpp"
#include "detect/coco_entry.hpp"
#include "detect/coco_set.hpp"
#include "detect/voc_detections.hpp"
#include "detect/voc_set.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

std::string object_xml(const std::string& name, const std::string& box, const std::string& more = "") {
  return "<object><name>" + name + "</name>" + more + "<bndbox>" + box + "</bndbox></object>";
}

const std::string kBox = "<xmax>12</xmax><xmin> 3 </xmin><ymin>1</ymin><ymax>1.5</ymax>";

/// A set of two images, the first of which has these objects.
struct VocFolder {
  TempFolder folder;

  explicit VocFolder(const std::string& objects) {
    write_list("000005 \r\n\n000007 -1\n");
    write(objects);
    write_atomically(folder.path() / "Annotations/000007.xml", "<annotation></annotation>");
  }
  void write(const std::string& objects) const {
    write_atomically(folder.path() / "Annotations/000005.xml",
                     "<?xml version=\"1.0\"?><annotation>" + objects + "</annotation>");
  }
  void write_list(const std::string& text) const { write_atomically(folder.path() / "ImageSets/Main/test.txt", text); }
  AnnotatedSet read() const { return read_voc_set(folder.path(), "test"); }
};

TEST_CASE("VOC's pixels are counted from 1, the last one included; parts of an object are no objects") {
  const VocFolder voc(
      object_xml("person", kBox, "<part><name>head</name><bndbox><xmin>9</xmin></bndbox></part>") +
      object_xml("car", "<xmin>1</xmin><ymin>1</ymin><xmax>1</xmax><ymax>1</ymax>", "<difficult>1</difficult>"));
  const AnnotatedSet set = voc.read();
  CHECK(set.images == std::vector<std::string>{"000005", "000007"});
  CHECK(set.class_names == std::vector<std::string>{"car", "person"});
  REQUIRE(set.objects.size() == 2);
  CHECK(set.objects[0].label == 1);
  CHECK(set.objects[0].box.left == 2);
  CHECK(set.objects[0].box.top == 0);
  CHECK(set.objects[0].box.width == 10);
  CHECK(set.objects[0].box.height == 1.5);
  CHECK(set.objects[0].area == 15);
  CHECK(set.objects[0].kind == ObjectKind::kPlain);
  CHECK(set.objects[1].area == 1);
  CHECK(set.objects[1].kind == ObjectKind::kDifficult);
}

TEST_CASE("annotations that are none are refused, by file and object") {
  const VocFolder voc(object_xml("person", kBox));
  const auto refused = [&](const std::string& objects, const std::string& reason) {
    voc.write(objects);
    CHECK_THROWS_WITH(voc.read(), Contains("000005.xml") && Contains(reason));
  };
  refused("<object>", "is no XML");
  refused("<object><name>x</name></object>", "object 1: has no <bndbox>");
  refused(object_xml("", kBox), "object 1: <name> is empty");
  refused(object_xml("\x1b[2J", kBox), "which is no printable UTF-8");
  refused(object_xml("x", kBox) + object_xml("x", "<xmin>a</xmin>"), "object 2: <xmin> is 'a'");
  refused(object_xml("x", "<xmin>nan</xmin><ymin>1</ymin><xmax>1</xmax><ymax>1</ymax>"), "<xmin> is 'nan'");
  refused(object_xml("x", "<xmin>1</xmin><ymin>1</ymin><xmax>2000000</xmax><ymax>1</ymax>"),
          "from -1000000 to 1000000");
  refused(object_xml("x", kBox, "<difficult>yes</difficult>"), "<difficult> is 'yes', expected 0 or 1");
  refused(object_xml("x", "<xmin>3</xmin><ymin>1</ymin><xmax>2</xmax><ymax>1</ymax>"), "ends before it begins");
  std::string deep;  // no recursion can follow
  for (int i = 0; i < 200'000; ++i) deep += "<a>";
  refused(deep, "is no XML");
  for (int i = 0; i < 200'000; ++i) deep += "</a>";
  voc.write(deep);
  CHECK(voc.read().objects.empty());

  std::string many;
  for (int i = 0; i < 10'000; ++i) many += object_xml("x", kBox);
  voc.write(many);
  CHECK(voc.read().objects.size() == 10'000);
  refused(many + object_xml("x", kBox), "more than 10000 objects");
  fs::resize_file(voc.folder.path() / "Annotations/000005.xml", (8 << 20) + 1);
  CHECK_THROWS_WITH(voc.read(), Contains("000005.xml: has 8388609 bytes, expected at most 8388608"));

  voc.write("");
  voc.write_list("000005\n000005\n");
  CHECK_THROWS_WITH(voc.read(), Contains("test.txt:2: the image '000005' stands there twice"));
  voc.write_list("../000005\n");
  CHECK_THROWS_WITH(voc.read(), Contains("is no name of an image"));
  voc.write_list("\n");
  CHECK_THROWS_WITH(voc.read(), Contains("names no image"));
  voc.write_list("000009\n");
  CHECK_THROWS_WITH(voc.read(), Contains("000009.xml: no such file"));
  CHECK_THROWS_WITH(read_voc_set(voc.folder.path(), "val"), Contains("val.txt: no such file"));
}

const std::string kImages = R"("images": [{"id": 9}, {"id": -2}])";
const std::string kCategories = R"("categories": [{"id": 4, "name": "dining table"}, {"id": 1, "name": "table"}])";

AnnotatedSet coco_set(const TempFolder& folder, const std::string& annotations, const std::string& images = kImages,
                      const std::string& categories = kCategories) {
  const fs::path file = folder.path() / "annotations.json";
  write_atomically(file, "{" + images + ", " + categories + ", \"annotations\": [" + annotations + "]}");
  return read_coco_set(file);
}

TEST_CASE("COCO's images and classes are sorted by their ids; an area is the outline's, where there is one") {
  const TempFolder folder;
  const AnnotatedSet set = coco_set(
      folder, R"({"image_id": 9, "category_id": 4, "bbox": [1, 2.5, 3, 4], "area": 7, "iscrowd": true, "id": 0},
                 {"image_id": -2, "category_id": 1, "bbox": [0, 0, 3, 4], "segmentation": [[1, 2, 3, 4]]})");
  CHECK(set.images == std::vector<std::string>{"-2", "9"});
  CHECK(set.class_names == std::vector<std::string>{"table", "dining table"});
  CHECK(set.class_ids == std::vector<std::int64_t>{1, 4});
  REQUIRE(set.objects.size() == 2);
  CHECK(set.objects[0].image == 1);
  CHECK(set.objects[0].label == 1);
  CHECK(set.objects[0].box.top == 2.5);
  CHECK(set.objects[0].area == 7);
  CHECK(set.objects[0].kind == ObjectKind::kCrowd);
  CHECK(set.objects[1].area == 12);
  CHECK(set.objects[1].kind == ObjectKind::kPlain);
}

TEST_CASE("COCO's annotations that are none are refused, by entry") {
  const TempFolder folder;
  const auto refused = [&](const std::string& annotation, const std::string& reason) {
    CHECK_THROWS_WITH(coco_set(folder, annotation), Contains("annotations.json: annotations[0]: ") && Contains(reason));
  };
  refused("3", "has no \"image_id\"");
  refused(R"({"image_id": 8, "category_id": 1, "bbox": [0, 0, 1, 1]})",
          "\"image_id\" is 8, which is none of the images");
  refused(R"({"image_id": 9.5, "category_id": 1, "bbox": [0, 0, 1, 1]})", "\"image_id\" is no whole number");
  refused(R"({"image_id": 18446744073709551615, "category_id": 1})", "\"image_id\" is no whole number");
  refused(R"({"image_id": 9, "category_id": 2, "bbox": [0, 0, 1, 1]})", "none of the categories");
  refused(R"({"image_id": 9, "category_id": 1, "bbox": [0, 0, 1]})", "no list of four");
  refused(R"({"image_id": 9, "category_id": 1, "bbox": [0, 0, 1, "1"]})", "no such number");
  refused(R"({"image_id": 9, "category_id": 1, "bbox": [0, 0, -1, 1]})", "below 0");
  refused(R"({"image_id": 9, "category_id": 1, "bbox": [0, 0, 2e6, 1]})", "each from -1e6 to 1e6");
  refused(R"({"image_id": 9, "category_id": 1, "bbox": [0, 0, 1, 1], "area": -1})", "\"area\" is no number from 0");
  refused(R"({"image_id": 9, "category_id": 1, "bbox": [0, 0, 1, 1], "iscrowd": 2})", "neither 0 nor 1");
  CHECK_THROWS_WITH(coco_set(folder, "", R"("images": [{"id": 1}, {"id": 1}])"),
                    Contains("the id 1 stands there twice"));
  CHECK_THROWS_WITH(coco_set(folder, "", kImages, R"("categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "a"}])"),
                    Contains("the name 'a' stands there twice"));
  CHECK_THROWS_WITH(coco_set(folder, "", kImages, R"("categories": 3)"), Contains("has no list \"categories\""));
  CHECK_THROWS_WITH(coco_set(folder, "", kImages, R"("categories": [{"id": 1, "name": ""}])"),
                    Contains("categories[0]: \"name\" is no text, or an empty one"));
  CHECK_THROWS_WITH(coco_set(folder, "", kImages, R"("categories": [{"id": 1, "name": "\u001b[2J"}])"),
                    Contains("categories[0]: holds the name '?[2J'"));
  CHECK_THROWS_WITH(coco_set(folder, "", kImages, R"("categories": [])"), Contains("\"categories\" is empty"));
  for (const char* other :
       {"[1, 2]", "3", "{}", R"([{"annotations": []}])", R"({"annotations": {"annotations": []}})"}) {
    CHECK_THROWS_WITH(parse_coco_set(other, "a.json"),
                      Contains("a.json: has no list \"annotations\"; expected COCO's"));
  }
  CHECK_THROWS_WITH(parse_coco_set("{", "a.json"), Contains("a.json: is no JSON, or is nested"));
  CHECK_THROWS_WITH(parse_coco_set(std::string(5000, '['), "a.json"), Contains("a.json: is no JSON, or is nested"));
}

TEST_CASE("COCO's lists stand in any order, between others, and of an entry nothing counts but its own fields") {
  const AnnotatedSet set = parse_coco_set(R"({
      "info": {"images": [{"id": 1}], "annotations": 3},
      "licenses": [[], [{"images": []}], 7],
      "annotations": [{"segmentation": {"counts": [272, 2], "size": [4, 3], "bbox": [9, 9, 9, 9]},
                       "category_id": 5, "image_id": 70, "bbox": [1, 2, 3, 4], "more": {"image_id": 8}},
                      {"bbox": [5, 6, 7, 8], "segmentation": [[1, 2], [3, [4]]], "image_id": 2, "category_id": 5}],
      "categories": [{"name": "cat", "id": 5, "keypoints": ["nose", {"name": "tail"}]}],
      "images": [{"id": 70, "file_name": "b.jpg", "license": {"id": 3}}, {"id": 2, "file_name": "a.jpg"}]})",
                                          "json");
  CHECK(set.images == std::vector<std::string>{"2", "70"});
  CHECK(set.files == std::vector<std::string>{"a.jpg", "b.jpg"});
  CHECK(set.class_names == std::vector<std::string>{"cat"});
  REQUIRE(set.objects.size() == 2);
  CHECK(set.objects[0].image == 1);
  CHECK(set.objects[0].box.left == 1);
  CHECK(set.objects[0].box.height == 4);
  CHECK(set.objects[1].image == 0);
  CHECK(set.objects[1].box.top == 6);
}

TEST_CASE("an entry of COCO's lists is refused for what its fields are, however they are nested") {
  const TempFolder folder;
  const auto refused = [&](const std::string& annotation, const std::string& reason) {
    CHECK_THROWS_WITH(coco_set(folder, annotation), Contains("annotations[0]: ") && Contains(reason));
  };
  refused("[]", "has no \"image_id\"");
  refused(R"([{"image_id": 9}])", "has no \"image_id\"");
  refused(R"({"more": {"image_id": 9}})", "has no \"image_id\"");
  refused(R"({"image_id": [9]})", "\"image_id\" is no whole number");
  refused(R"({"image_id": {"image_id": 9}})", "\"image_id\" is no whole number");
  refused(R"({"image_id": 9, "category_id": 1, "bbox": [0, 0, 1, 1, 1, 1, 1]})", "no list of four");
  refused(R"({"image_id": 9, "category_id": 1, "bbox": [[0, 0, 1, 1], 0, 1, 1]})", "no such number");
  refused(R"({"image_id": 9, "category_id": 1, "bbox": {"0": 0, "1": 0, "2": 1, "3": 1}})", "no list of four");
  CHECK_THROWS_WITH(coco_set(folder, "", kImages, kCategories + ", " + kCategories),
                    Contains("has two lists \"categories\""));
  const auto nested = [](std::size_t times) {
    return R"({"images": [], "annotations": [], "categories": [{"id": 1, "name": "cat", "more": )" +
           std::string(times, '[') + std::string(times, ']') + "}]}";
  };
  CHECK(parse_coco_set(nested(97), "json").class_names.size() == 1);
  CHECK_THROWS_WITH(parse_coco_set(nested(98), "json"), Contains("nested more than 100 times"));
}

TEST_CASE("files that would fill the memory are refused: COCO's by their size and entries, VOC's by size and lines") {
  const TempFolder folder;
  const AnnotatedSet set = coco_set(folder, "");
  const fs::path large = folder.path() / "large.json";
  write_atomically(large, "");
  fs::resize_file(large, (std::uintmax_t{4} << 30) + 1);  // without taking room
  const std::string reason = "large.json: has 4294967297 bytes, expected at most 4294967296";
  CHECK_THROWS_WITH(read_coco_set(large), Contains(reason));
  CHECK_THROWS_WITH(read_coco_images(large), Contains(reason));
  CHECK_THROWS_WITH(read_coco_detections(large, set), Contains(reason));

  std::size_t taken = 0;
  const auto read = [&](const char* json) {
    taken = 0;
    read_coco_list(json, "json", "detections", [&](const CocoEntry&) { ++taken; }, /*most=*/3);
  };
  read("[0, {}, [1, 2]]");
  CHECK(taken == 3);
  CHECK_THROWS_WITH(read("[0, {}, [1, 2], 4]"), Contains("json: \"detections\" has more entries than 3"));
  CHECK(taken == 3);

  const fs::path files = folder.path() / "results";
  write_atomically(files / "dining table.txt", "9 1 1 1 2 2\n");
  write_atomically(files / "table.txt", std::string(10'000'000, '\n'));
  CHECK_THROWS_WITH(read_voc_detections(files, set), Contains("more than 10000000 lines up to table.txt"));
  fs::resize_file(files / "table.txt", (256 << 20) + 1);
  CHECK_THROWS_WITH(read_voc_detections(files, set), Contains("has 268435457 bytes, expected at most 268435456"));
}

TEST_CASE("detections in COCO's form go by the ids, those of classes that the set lacks are counted") {
  const TempFolder folder;
  const AnnotatedSet set = coco_set(folder, "");
  const auto parse = [&](const std::string& text) { return parse_coco_detections(text, "detections.json", set); };
  const Detections read = parse(R"([{"image_id": -2, "category_id": 4, "bbox": [1, 2, 3, 4], "score": 0.5},
                                    {"image_id": 9, "category_id": 5, "bbox": [1, 2, 3, 4], "score": 2}])");
  REQUIRE(read.found.size() == 1);
  CHECK(read.found[0].image == 0);
  CHECK(read.found[0].label == 1);
  CHECK(read.found[0].box.width == 3);
  CHECK(read.found[0].score == 0.5);
  CHECK(read.of_other_classes == std::map<std::string, std::int64_t>{{"5", 1}});

  const auto refused = [&](const std::string& text, const std::string& reason) {
    CHECK_THROWS_WITH(parse(text), Contains("detections.json") && Contains(reason));
  };
  refused("{}", "is no JSON list");
  refused(R"({"detections": []})", "is no JSON list");
  refused(R"([{"image_id": 3, "category_id": 4, "bbox": [1, 2, 3, 4], "score": 0.5}])", "image 3 is none of those in");
  refused(R"([{"image_id": 9, "category_id": 4, "bbox": [1, 2, 3, 4]}])", "detections[0]: has no \"score\"");
  refused("[{", "is no JSON, or");
  const VocFolder voc(object_xml("person", kBox));
  CHECK_THROWS_WITH(parse_coco_detections("[]", "a", voc.read()), Contains("names classes by numbers"));
}

TEST_CASE("detections in VOC's form are a file for each class, whose name ends the file's") {
  const TempFolder folder;
  const AnnotatedSet set = coco_set(folder, "");
  const fs::path files = folder.path() / "results";
  write_atomically(files / "comp4_det_test_dining table.txt", "9 0.25 1 2 3 4.5\r\n\n-2 -7 1 1 1 1\n");
  write_atomically(files / "comp4_det_test_table.txt", "9 1e-3 1 1 2 2\n");
  write_atomically(files / "comp4_det_test_sofa.txt", "9 0.5 1 1 2 2\n9 0.5 1 1 2 2\n");
  write_atomically(files / "notes.md", "no detections");
  const Detections read = read_voc_detections(files, set);
  REQUIRE(read.found.size() == 3);
  CHECK(read.found[0].label == 1);
  CHECK(read.found[0].image == 1);
  CHECK(read.found[0].box.left == 0);
  CHECK(read.found[0].box.top == 1);
  CHECK(read.found[0].box.width == 3);
  CHECK(read.found[0].box.height == 3.5);
  CHECK(read.found[1].score == -7);
  CHECK(read.found[2].label == 0);
  CHECK(read.of_other_classes == std::map<std::string, std::int64_t>{{"sofa", 2}});

  const auto refused = [&](const std::string& line, const std::string& reason) {
    write_atomically(files / "comp4_det_test_table.txt", "9 1 1 1 2 2\n" + line);
    CHECK_THROWS_WITH(read_voc_detections(files, set), Contains("table.txt:2: ") && Contains(reason));
  };
  refused("9 1 1 1 2", "is no detection");
  refused("9 1 1 1 2 2 2", "is no detection");
  refused("9 inf 1 1 2 2", "is no detection");
  refused("8 1 1 1 2 2", "the image '8' is none of those in");
  refused("9 1 3 1 2 2", "ends before it begins");
  write_atomically(files / "comp4_det_test_table.txt", "");
  write_atomically(files / "classes.txt", "");
  CHECK_THROWS_WITH(read_voc_detections(files, set), Contains("classes.txt: names no class"));
  fs::remove(files / "classes.txt");
  write_atomically(files / "._comp4_det_test_table.txt", "of a Mac");
  CHECK_NOTHROW(read_voc_detections(files, set));
  write_atomically(files / "table.txt", "");
  CHECK_THROWS_WITH(read_voc_detections(files, set), Contains("both hold detections of the class 'table'"));
  CHECK_THROWS_WITH(read_voc_detections(folder.path() / "none", set), Contains("none: cannot be read"));
  CHECK_THROWS_WITH(read_voc_detections(folder.path(), set), Contains("has no file <anything>_<class>.txt"));
}

/// What is written and read again is the same to a millionth of a pixel.
void check_same(const std::vector<Detection>& read, const std::vector<Detection>& written) {
  REQUIRE(read.size() == written.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    CHECK(read[i].image == written[i].image);
    CHECK(read[i].label == written[i].label);
    CHECK(read[i].score == written[i].score);
    CHECK(read[i].box.left == Approx(written[i].box.left).margin(1e-6));
    CHECK(read[i].box.top == Approx(written[i].box.top).margin(1e-6));
    CHECK(read[i].box.width == Approx(written[i].box.width).margin(1e-6));
    CHECK(read[i].box.height == Approx(written[i].box.height).margin(1e-6));
  }
}

TEST_CASE("detections that are written in VOC's form are read back, boxes of less than a pixel as of one") {
  AnnotatedSet set;
  set.images = {"000005", "000007"};
  set.class_names = {"car", "dining table"};
  const std::vector<Detection> found = {{1, 0, {0, 0, 100.25, 50}, 0.9F}, {0, 1, {2.5, 3, 4, 5.125}, 1.0 / 3}};
  const TempFolder folder;
  const auto write = [&](const std::vector<Detection>& detections) {
    for (const auto& [name, text] : voc_detection_files(set, detections)) write_atomically(folder.path() / name, text);
    return read_voc_detections(folder.path(), set).found;
  };
  check_same(write(found), found);
  check_same(write({{0, 0, {10, 10, 0.5, 0.25}, 0.5}}), {{0, 0, {10, 10, 1, 1}, 0.5}});
  CHECK(voc_detection_files(set, {}).size() == 2);
  set.class_names = {"test_tube", "tube"};  // the file of the first ends in _tube too
  check_same(write(found), found);
  // Of a class that this set lacks, and whose name ends in one that it has.
  set.class_names = {"car", "toy_car"};
  const auto files = voc_detection_files(set, found);
  for (const auto& [name, text] : files) write_atomically(folder.path() / "mixed" / name, text);
  AnnotatedSet cars = set;
  cars.class_names = {"car"};
  const Detections without_toys = read_voc_detections(folder.path() / "mixed", cars);
  CHECK(without_toys.found.size() + static_cast<std::size_t>(without_toys.of_other_classes.at("toy_car")) ==
        found.size());
  set.class_names[0] = "a/b";
  CHECK_THROWS_WITH(voc_detection_files(set, {}), Contains("no file can have the name of its class 'a/b'"));
}

TEST_CASE("detections that are written in COCO's form have the set's own numbers, and are read back") {
  AnnotatedSet set;
  set.source = "set";
  set.images = {"-7", "42"};
  set.class_names = {"person", "toothbrush"};
  set.class_ids = {1, 90};
  const std::vector<Detection> found = {{1, 1, {0, 0, 100.25, 50}, 0.9F}, {0, 0, {2.5, 3, 4, 5.125}, 1.0 / 3}};
  const std::string json = coco_detections_json(set, found);
  CHECK(json == R"([{"image_id":42,"category_id":90,"bbox":[0.0,0.0,100.25,50.0],"score":0.8999999761581421},)"
                R"({"image_id":-7,"category_id":1,"bbox":[2.5,3.0,4.0,5.125],"score":0.3333333333333333}])"
                "\n");
  check_same(parse_coco_detections(json, "json", set).found, found);
  CHECK(coco_detections_json(set, {}) == "[]\n");
  set.class_ids.clear();
  CHECK_THROWS_WITH(coco_detections_json(set, found), Contains("set: its classes have no numbers"));
}

TEST_CASE("a set of COCO's whose images name files in any way is sound: nobody opens them here") {
  const std::string json = R"({"images": [{"id": 1, "file_name": "../a.jpg"}, {"id": 2, "file_name": 7}, {"id": 3}],
                               "categories": [{"id": 3, "name": "cat"}], "annotations": []})";
  CHECK(parse_coco_set(json, "json").files == std::vector<std::string>{"../a.jpg", "", ""});
}

}  // namespace
}  // namespace resnet

// SPDX-License-Identifier: MIT
// `./run average_precision`, as a person uses it; what it computes is tested in tests/unit/detect and tests/golden.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"

namespace fs = std::filesystem;
using Catch::Contains;
using nlohmann::json;

namespace {

/// One photograph with a cat and a dog, of which a detector finds the cat, and a sofa that nobody has marked.
struct Bench {
  TempFolder folder;

  Bench() {
    const std::string box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>10</xmax><ymax>10</ymax></bndbox>";
    resnet::write_atomically(folder.path() / "voc/ImageSets/Main/test.txt", "a\n");
    resnet::write_atomically(folder.path() / "voc/Annotations/a.xml", "<annotation><object><name>cat</name>" + box +
                                                                          "</object><object><name>dog</name>" + box +
                                                                          "</object></annotation>");
    for (const char* name : {"cat", "sofa"}) {
      resnet::write_atomically(folder.path() / "found" / fmt::format("comp4_det_test_{}.txt", name),
                               "a 0.9 1 1 10 10\n");
    }
    resnet::write_atomically(folder.path() / "coco.json",
                             R"({"images": [{"id": 1}], "categories": [{"id": 2, "name": "cat"}],
                                 "annotations": [{"image_id": 1, "category_id": 2, "bbox": [0, 0, 10, 10]}]})");
    resnet::write_atomically(folder.path() / "found.json",
                             R"([{"image_id": 1, "category_id": 2, "bbox": [0, 0, 10, 8], "score": 1}])");
  }
  std::string at(const char* name) const { return quoted(folder.path() / name); }
  std::string voc() const { return "average_precision --annotations " + at("voc") + " --detections " + at("found"); }
  std::string coco() const {
    return "average_precision --annotations " + at("coco.json") + " --detections " + at("found.json");
  }
};

json ask(const std::string& command) {
  const ProgramResult result = run_program(command + " --json");
  INFO(command << ": " << result.standard_error);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.standard_output);
}

}  // namespace

TEST_CASE("average_precision judges by either protocol, and tells which detections count nothing") {
  const Bench bench;
  const json voc = ask(bench.voc());
  CHECK(voc.at("protocol") == "voc07");
  CHECK(voc.at("means").at("map_percent") == 50);
  CHECK(voc.at("detections_of_other_classes").at("sofa") == 1);
  CHECK(voc.at("classes").at(0).at("class") == "cat");
  CHECK(voc.at("classes").at(0).at("average_precision_percent").get<double>() == Approx(100));
  CHECK(ask(bench.voc() + " --protocol voc10").at("means").at("map_percent") == 50);
  CHECK(ask(bench.voc() + " --protocol coco").at("means").at("ap50_percent").get<double>() == Approx(50));

  const json coco = ask(bench.coco());  // an overlap of 0.8 is enough for seven of the ten
  CHECK(coco.at("protocol") == "coco");
  CHECK(coco.at("means").at("ap_percent").get<double>() == Approx(70));
  CHECK(coco.at("means").at("ap_large_percent").is_null());
  CHECK(ask(bench.coco() + " --protocol voc10 --overlap 0.81").at("means").at("map_percent") == 0);

  const ProgramResult text = run_program(bench.voc());
  CHECK(text.exit_code == 0);
  CHECK_THAT(text.standard_output, Contains("| cat   |       1 |          1 | 100.00 |") && Contains("| mAP "));
  CHECK_THAT(text.standard_error, Contains("the annotations have no class 'sofa': its detections, 1 in all"));
}

TEST_CASE("average_precision refuses what makes no sense in one sentence") {
  const Bench bench;
  const auto refused = [](const std::string& command, int exit_code, const std::string& reason) {
    const ProgramResult result = run_program(command);
    INFO(command << ": " << result.standard_error);
    CHECK(result.exit_code == exit_code);
    CHECK_THAT(result.standard_error, Catch::StartsWith("error: ") && Contains(reason));
    CHECK(result.standard_output.empty());
  };
  refused("average_precision --detections x", 2, "--annotations is missing");
  refused(bench.voc() + " --protocol voc12", 2, "--protocol: 'voc12' is unknown");
  refused(bench.voc() + " --protocol coco --overlap 0.5", 2, "--overlap");
  refused(bench.voc() + " --overlap 2", 2, "--overlap");
  refused(bench.coco() + " --split val", 2, "--split: is for a folder");
  refused(bench.voc() + " --split val", 1, "val.txt: no such file");
  refused("average_precision --annotations " + bench.at("none") + " --split val --detections x", 1,
          "none: no such file");
  refused("average_precision --annotations " + bench.at("voc") + " --detections " + bench.at("found.json"), 1,
          "names classes by numbers");
  refused("average_precision --annotations " + bench.at("none") + " --detections x", 1, "none: no such file");
}

// SPDX-License-Identifier: MIT
// Average precision beside pycocotools' (generate.py), and, where ../shared/data/detection
// lies beside the project, beside the published numbers of other people's sets.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/file.hpp"
#include "detect/coco_detections.hpp"
#include "detect/coco_precision.hpp"
#include "detect/coco_set.hpp"
#include "detect/voc_precision.hpp"
#include "detect/voc_set.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"

namespace fs = std::filesystem;
using nlohmann::json;
using namespace resnet;

namespace {

bool is_close(const std::optional<double>& ours, const json& theirs) {
  if (!ours || theirs.is_null()) return !ours && theirs.is_null();
  return std::abs(*ours - theirs.get<double>()) < 1e-9;
}

fs::path shared(const char* name) { return project_root().parent_path() / "shared" / "data" / "detection" / name; }

bool is_there(const fs::path& path) {
  if (fs::exists(path)) return true;
  skip("no " + path.string());
  return false;
}

/// The folder's files, by name, each a line "object x y w h" or "object score x y w h" for a box.
template <typename Take>
void for_each_line(const fs::path& folder, Take take) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (std::size_t image = 0; image < files.size(); ++image) {
    std::ifstream in(files[image]);
    for (std::string name; in >> name;) take(image, in);
  }
}

/// Their boxes reach from pixel x to pixel x + w, the last one included.
Box read_box(std::ifstream& in) {
  Box box;
  in >> box.left >> box.top >> box.width >> box.height;
  ++box.width;
  ++box.height;
  return box;
}

}  // namespace

TEST_CASE("COCO's twelve numbers are pycocotools', where overlaps are at a threshold, scores equal, objects crowds") {
  for (const json& example : json::parse(read_file(fs::path(RESNET_TESTS_DIR) / "golden/detection/precision.json"))) {
    const AnnotatedSet set = parse_coco_set(example.at("annotations").dump(), "annotations");
    const Detections detections = parse_coco_detections(example.at("detections").dump(), "detections", set);
    const CocoPrecision ours = coco_precision(set, detections.found);
    const json& expected = example.at("expected");
    INFO(expected.dump());
    CHECK(is_close(ours.precision.all, expected.at("precision")));
    CHECK(is_close(ours.precision_50, expected.at("precision_50")));
    CHECK(is_close(ours.precision_75, expected.at("precision_75")));
    CHECK(is_close(ours.precision.small, expected.at("precision_small")));
    CHECK(is_close(ours.precision.medium, expected.at("precision_medium")));
    CHECK(is_close(ours.precision.large, expected.at("precision_large")));
    CHECK(is_close(ours.recall_of_1, expected.at("recall_of_1")));
    CHECK(is_close(ours.recall_of_10, expected.at("recall_of_10")));
    CHECK(is_close(ours.recall.all, expected.at("recall")));
    CHECK(is_close(ours.recall.small, expected.at("recall_small")));
    CHECK(is_close(ours.recall.medium, expected.at("recall_medium")));
    CHECK(is_close(ours.recall.large, expected.at("recall_large")));
    REQUIRE(ours.classes.size() == expected.at("classes").size());
    for (std::size_t i = 0; i < ours.classes.size(); ++i) {
      CHECK(is_close(ours.classes[i].average_precision_percent, expected.at("classes")[i]));
    }
  }
}

TEST_CASE("COCO's own 100 images and made-up detections have the numbers that COCO's program gives") {
  const fs::path folder = shared("coco_fakebbox100");
  if (!is_there(folder)) return;
  const AnnotatedSet set = read_coco_set(folder / "instances_val2014_100.json");
  CHECK(set.images.size() == 100);
  CHECK(set.objects.size() == 839);
  CHECK(set.class_names.size() == 80);
  CHECK(std::ranges::count(set.objects, ObjectKind::kCrowd, &AnnotatedObject::kind) == 9);
  const Detections detections = parse_coco_detections(read_file(folder / "instances_val2014_fakebbox100_results.json"),
                                                      "instances_val2014_fakebbox100_results.json", set);
  CHECK(detections.found.size() == 734);
  const CocoPrecision ours = coco_precision(set, detections.found);
  CHECK(*ours.precision.all == Approx(50.45806987).epsilon(1e-9));
  CHECK(*ours.precision_50 == Approx(69.69727247).epsilon(1e-9));
  CHECK(*ours.precision_75 == Approx(57.29816670).epsilon(1e-9));
  CHECK(*ours.precision.small == Approx(58.56257209).epsilon(1e-9));
  CHECK(*ours.precision.medium == Approx(51.93996948).epsilon(1e-9));
  CHECK(*ours.precision.large == Approx(50.13978986).epsilon(1e-9));
  CHECK(*ours.recall_of_1 == Approx(38.68127796).epsilon(1e-9));
  CHECK(*ours.recall_of_10 == Approx(59.36795763).epsilon(1e-9));
  CHECK(*ours.recall.all == Approx(59.53529833).epsilon(1e-9));
}

TEST_CASE("VOC's average precision of fifteen boxes and 24 detections is that of others, at four overlaps, both ways") {
  const fs::path folder = shared("voc_ap_case1");
  if (!is_there(folder)) return;
  AnnotatedSet set;
  set.class_names = {"object"};
  std::vector<Detection> detections;
  for_each_line(folder / "gts", [&](std::size_t image, std::ifstream& in) {
    set.images.resize(image + 1);
    set.objects.push_back({image, 0, read_box(in), 0, ObjectKind::kPlain});
  });
  for_each_line(folder / "dets", [&](std::size_t image, std::ifstream& in) {
    Detection& detection = detections.emplace_back();
    detection.image = image;
    in >> detection.score;
    detection.box = read_box(in);
  });
  REQUIRE(set.objects.size() == 15);
  REQUIRE(detections.size() == 24);
  const auto mean = [&](PrecisionCurve curve, double overlap) {
    return *voc_precision(set, detections, curve, overlap).mean_percent;
  };
  CHECK(mean(PrecisionCurve::kElevenPoints, 0.1) == Approx(33.33333333));
  CHECK(mean(PrecisionCurve::kElevenPoints, 0.3) == Approx(26.83982684));
  CHECK(mean(PrecisionCurve::kElevenPoints, 0.5) == Approx(3.03030303));
  CHECK(mean(PrecisionCurve::kElevenPoints, 0.75) == 0);
  CHECK(mean(PrecisionCurve::kEveryPoint, 0.1) == Approx(33.71980676));
  CHECK(mean(PrecisionCurve::kEveryPoint, 0.3) == Approx(24.56866805));
  CHECK(mean(PrecisionCurve::kEveryPoint, 0.5) == Approx(2.22222222));
  CHECK(mean(PrecisionCurve::kEveryPoint, 0.75) == 0);
}

TEST_CASE("a set of real photographs in VOC's layout is read whole: splits, classes, boxes of a single pixel") {
  const fs::path folder = shared("bccd") / "BCCD";
  if (!is_there(folder)) return;
  const AnnotatedSet train = read_voc_set(folder, "train");
  const AnnotatedSet val = read_voc_set(folder, "val");
  const AnnotatedSet test = read_voc_set(folder, "test");
  CHECK(train.images.size() == 205);
  CHECK(val.images.size() == 87);
  CHECK(test.images.size() == 72);
  CHECK(train.objects.size() + val.objects.size() + test.objects.size() == 4888);
  CHECK(test.class_names == std::vector<std::string>{"Platelets", "RBC", "WBC"});
  std::int64_t pixels = 0;
  for (const AnnotatedSet* set : {&train, &val, &test}) {
    pixels += std::ranges::count_if(set->objects, [](const AnnotatedObject& object) { return object.area == 1; });
  }
  CHECK(pixels == 2);

  // Who finds each object where it is, finds all.
  std::vector<Detection> perfect;
  for (const AnnotatedObject& object : test.objects) perfect.push_back({object.image, object.label, object.box, 1});
  CHECK(*voc_precision(test, perfect, PrecisionCurve::kElevenPoints).mean_percent == Approx(100));
  CHECK(*coco_precision(test, perfect).precision.all == Approx(100));
}

// SPDX-License-Identifier: MIT
// Annotations and detections in COCO's form.
#include "detect/coco_detections.hpp"
#include "detect/coco_set.hpp"
#include "fuzz/fuzz_target.hpp"

namespace {

void read_set(const std::string& bytes) { resnet::parse_coco_set(bytes, "fuzz"); }

void read_detections(const std::string& bytes) {
  resnet::AnnotatedSet set;
  set.images = {"1", "-7"};
  set.class_names = {"cat", "dog"};
  set.class_ids = {3, 18};
  resnet::parse_coco_detections(bytes, "fuzz", set);
}

}  // namespace

std::vector<std::string> seed_inputs() {
  const std::string annotations =
      R"({"info": {"images": [7]}, "images": [{"id": 1, "file_name": "a/b.jpg"}, {"id": -7, "width": 640}],
          "categories": [{"id": 3, "name": "cat"}, {"id": 18, "name": "dining table"}],
          "annotations": [{"image_id": 1, "category_id": 3, "bbox": [1, 2.5, 30, 4e1], "area": 70.5, "iscrowd": 0,
                           "segmentation": [[1, 2.5, 30, 4], {"counts": "x"}]},
                          {"image_id": -7, "category_id": 18, "bbox": [0, 0, 1, 1], "iscrowd": true}]})";
  const std::string detections =
      R"([{"image_id": 1, "category_id": 3, "bbox": [258.15, 41.29, 348.26, 243.78], "score": 0.236},
          {"image_id": -7, "category_id": 5, "bbox": [0, 0, 0, 0], "score": -1e300}])";
  read_set(annotations);  // sound, or this throws and the target ends
  read_detections(detections);
  return {annotations, detections};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_within_bounds(data, size, read_set);
  read_within_bounds(data, size, read_detections);
  return 0;
}

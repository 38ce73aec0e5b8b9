// SPDX-License-Identifier: MIT
#include "detect/coco_detections.hpp"

#include <cstddef>
#include <limits>
#include <unordered_map>

#include "core/error.hpp"
#include "core/file.hpp"
#include "detect/coco_entry.hpp"

namespace resnet {

Detections read_coco_detections(const std::filesystem::path& file, const AnnotatedSet& set) {
  return parse_coco_detections(read_file(file, kLargestCocoFile), file.string(), set);
}

Detections parse_coco_detections(std::string_view json, const std::string& file, const AnnotatedSet& set) {
  require(!set.class_ids.empty(),
          "{}: names classes by numbers, which the annotations in {} do not have; expected a folder with a file "
          "<anything>_<class>.txt for each class",
          file, set.source);
  std::unordered_map<std::string, std::size_t> images;
  for (std::size_t i = 0; i < set.images.size(); ++i) images.emplace(set.images[i], i);
  std::unordered_map<std::int64_t, std::size_t> classes;
  for (std::size_t i = 0; i < set.class_ids.size(); ++i) classes.emplace(set.class_ids[i], i);

  constexpr double kLargest = std::numeric_limits<double>::max();
  Detections detections;
  read_coco_list(json, file, "detections", [&](const CocoEntry& entry) {
    const std::int64_t image_id = entry.integer("image_id");
    const std::int64_t class_id = entry.integer("category_id");
    const auto image = images.find(std::to_string(image_id));
    if (image == images.end()) entry.reject("image {} is none of those in {}", image_id, set.source);
    const Box box = entry.box("bbox");
    const double score = entry.number("score", -kLargest, kLargest);
    const auto label = classes.find(class_id);
    if (label == classes.end()) {
      ++detections.of_other_classes[std::to_string(class_id)];
    } else {
      detections.found.push_back({image->second, label->second, box, score});
    }
  });
  return detections;
}

std::string coco_detections_json(const AnnotatedSet& set, const std::vector<Detection>& detections) {
  require(!set.class_ids.empty(), "{}: its classes have no numbers, which COCO's detections need", set.source);
  std::string text = "[";
  for (const Detection& each : detections) {
    const nlohmann::ordered_json entry = {{"image_id", std::stoll(set.images[each.image])},
                                          {"category_id", set.class_ids[each.label]},
                                          {"bbox", {each.box.left, each.box.top, each.box.width, each.box.height}},
                                          {"score", each.score}};
    if (text.size() > 1) text += ',';
    text += entry.dump();
  }
  return text + "]\n";
}

}  // namespace resnet

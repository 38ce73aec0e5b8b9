// SPDX-License-Identifier: MIT
// Judges detections of objects by the rules of PASCAL VOC or COCO: the measures of Tables 7 and 8.
#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "core/error.hpp"
#include "core/shown.hpp"
#include "detect/coco_detections.hpp"
#include "detect/coco_precision.hpp"
#include "detect/coco_set.hpp"
#include "detect/voc_detections.hpp"
#include "detect/voc_precision.hpp"
#include "detect/voc_set.hpp"
#include "record/markdown_table.hpp"

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Percent = std::optional<double>;
/// What it is called, its key in JSON, and what it is in percent.
using Numbers = std::vector<std::tuple<const char*, const char*, Percent>>;
using Classes = std::vector<resnet::ClassPrecision>;

/// What the means and the classes are by one protocol.
using Judged = std::pair<Numbers, Classes>;

std::string text_of(const Percent& number) { return number ? fmt::format("{:.2f}", *number) : "-"; }

Json json_of(const Percent& number) { return number ? Json(*number) : Json(nullptr); }

Numbers numbers_of(const resnet::CocoPrecision& precision) {
  return {{"mAP@[.5, .95]", "ap_percent", precision.precision.all},
          {"mAP@.5", "ap50_percent", precision.precision_50},
          {"mAP@.75", "ap75_percent", precision.precision_75},
          {"mAP small", "ap_small_percent", precision.precision.small},
          {"mAP medium", "ap_medium_percent", precision.precision.medium},
          {"mAP large", "ap_large_percent", precision.precision.large},
          {"AR of 1 detection", "ar1_percent", precision.recall_of_1},
          {"AR of 10 detections", "ar10_percent", precision.recall_of_10},
          {"AR of 100 detections", "ar100_percent", precision.recall.all},
          {"AR small", "ar_small_percent", precision.recall.small},
          {"AR medium", "ar_medium_percent", precision.recall.medium},
          {"AR large", "ar_large_percent", precision.recall.large}};
}

std::string protocol_from(const resnet::Options& options, bool is_voc) {
  if (!options.given("protocol")) return is_voc ? "voc07" : "coco";
  constexpr std::array<const char*, 3> kProtocols = {"voc07", "voc10", "coco"};
  const std::string protocol = options.text("protocol");
  if (std::ranges::find(kProtocols, protocol) == kProtocols.end()) {
    options.reject("protocol", fmt::format("'{}' is unknown, expected voc07, voc10 or coco", protocol));
  }
  return protocol;
}

void tell_other_classes(const resnet::Detections& detections) {
  constexpr std::size_t kMostTold = 10;
  std::size_t told = 0;
  for (const auto& [name, count] : detections.of_other_classes) {
    if (told++ == kMostTold) {
      resnet::tell("and so of {} other classes\n", detections.of_other_classes.size() - kMostTold);
      break;
    }
    resnet::tell("the annotations have no class '{}': its detections, {} in all, count nothing\n", resnet::shown(name),
                 count);
  }
}

Judged judge(const std::string& protocol, double overlap, const resnet::AnnotatedSet& set,
             const resnet::Detections& detections) {
  if (protocol == "coco") {
    const resnet::CocoPrecision precision = resnet::coco_precision(set, detections.found);
    return {numbers_of(precision), precision.classes};
  }
  const auto curve = protocol == "voc07" ? resnet::PrecisionCurve::kElevenPoints : resnet::PrecisionCurve::kEveryPoint;
  const resnet::VocPrecision precision = resnet::voc_precision(set, detections.found, curve, overlap);
  return {{{"mAP", "map_percent", precision.mean_percent}}, precision.classes};
}

void print_result(const Numbers& numbers, const Classes& classes) {
  std::vector<std::vector<std::string>> rows;
  for (const resnet::ClassPrecision& each : classes) {
    rows.push_back({each.name, std::to_string(each.objects), std::to_string(each.detections),
                    text_of(each.average_precision_percent)});
  }
  resnet::print("{}\n", resnet::markdown_table({"class", "objects", "detections", "AP, %"}, rows));
  rows.clear();
  for (const auto& [name, key, percent] : numbers) rows.push_back({name, text_of(percent)});
  resnet::print("{}", resnet::markdown_table({"over all classes", "%"}, rows));
}

Json result_json(const std::string& protocol, const resnet::AnnotatedSet& set, const resnet::Detections& detections,
                 const Numbers& numbers, const Classes& classes) {
  Json percents = Json::object();
  for (const auto& [name, key, percent] : numbers) percents[key] = json_of(percent);
  Json each_class = Json::array();
  for (const resnet::ClassPrecision& each : classes) {
    each_class.push_back({{"class", each.name},
                          {"objects", each.objects},
                          {"detections", each.detections},
                          {"average_precision_percent", json_of(each.average_precision_percent)}});
  }
  return {{"protocol", protocol},
          {"images", set.images.size()},
          {"annotated_objects", set.objects.size()},
          {"detections", detections.found.size()},
          {"detections_of_other_classes", detections.of_other_classes},
          {"means", percents},
          {"classes", each_class}};
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("average_precision",
                            "Judges detections of objects by the rules of PASCAL VOC or COCO (Tables 7 and 8).");
    options.add(
        "annotations", "",
        "what is to be found: a folder in VOC's layout (Annotations/, ImageSets/Main/), or a JSON file of COCO's");
    options.add("split", "test", "VOC: the list in ImageSets/Main/, without .txt");
    options.add(
        "detections", "",
        "what was found: a folder with a file <anything>_<class>.txt for each class, as VOC has them, or a JSON "
        "list as COCO has it");
    options.add("protocol", "",
                "voc07 (eleven points), voc10 (VOC from 2010) or coco [voc07 or coco, as the annotations]");
    options.add("overlap", "0.5", "VOC: the least intersection over union of a right detection and its object");
    options.add_switch("json", "print one JSON object");
    if (!options.parse(argc, argv)) return 0;
    for (const char* needed : {"annotations", "detections"}) {
      resnet::require_usage(options.given(needed), "--{} is missing; see --help", needed);
    }

    const fs::path annotations = options.path("annotations");
    std::error_code ignored;
    const bool is_voc = fs::is_directory(annotations, ignored);
    resnet::require(fs::exists(annotations, ignored), "{}: no such file or folder", annotations.string());
    if (!is_voc && options.given("split")) options.reject("split", "is for a folder in VOC's layout; leave it out");
    const std::string protocol = protocol_from(options, is_voc);
    if (protocol == "coco" && options.given("overlap")) {
      options.reject("overlap", "COCO's protocol averages over ten; leave it out");
    }
    const double overlap = options.number("overlap", 0.01, 1);

    const resnet::AnnotatedSet set =
        is_voc ? resnet::read_voc_set(annotations, options.text("split")) : resnet::read_coco_set(annotations);
    const fs::path file = options.path("detections");
    const resnet::Detections detections = fs::is_directory(file, ignored) ? resnet::read_voc_detections(file, set)
                                                                          : resnet::read_coco_detections(file, set);
    tell_other_classes(detections);
    const auto [numbers, classes] = judge(protocol, overlap, set, detections);
    if (options.is_on("json")) {
      resnet::print_json(result_json(protocol, set, detections, numbers, classes));
    } else {
      print_result(numbers, classes);
    }
    return 0;
  });
}

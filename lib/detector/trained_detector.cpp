// SPDX-License-Identifier: MIT
#include "detector/trained_detector.hpp"

#include <fmt/ranges.h>

#include <map>

#include "core/error.hpp"
#include "core/number.hpp"
#include "core/shown.hpp"
#include "exchange/model_state.hpp"
#include "exchange/net_metadata.hpp"
#include "exchange/safetensors.hpp"
#include "exchange/weights_path.hpp"
#include "exchange/weights_proof.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSides = "anchor_sides";
constexpr const char* kRatios = "anchor_ratios";
constexpr const char* kSizes = "image_sides";

/// The numbers between commas. Throws Error, naming the file and the key, for anything else.
std::vector<double> numbers_in(const std::string& file, const std::map<std::string, std::string>& words,
                               const char* key) {
  const auto found = words.find(key);
  require(found != words.end(), "{}: is no detector's: it does not say its '{}'; expected a file of train_detector",
          file, key);
  const auto numbers = numbers_between_commas(found->second);
  require(numbers.has_value(), "{}: its '{}' is '{}', expected numbers between commas", file, key,
          shown(found->second));
  return *numbers;
}

DetectionSizes sizes_in(const std::string& file, const std::map<std::string, std::string>& words) {
  const std::vector<double> sides = numbers_in(file, words, kSizes);
  const bool are_sides =
      sides.size() == 2 && sides[0] >= 1 && sides[1] >= sides[0] && sides[1] <= static_cast<double>(kLargestImageSize);
  require(are_sides, "{}: its '{}' are no shorter and longest side of up to {} pixels", file, kSizes,
          kLargestImageSize);
  return {static_cast<std::int64_t>(sides[0]), static_cast<std::int64_t>(sides[1])};
}

Normalization input_in(const std::string& file, const NetMetadata& said) {
  try {
    return said.input();
  } catch (const Error&) {  // which speaks of flags that no detector has
    fail("{}: what it says of its images' normalisation is missing or broken; expected a file of train_detector", file);
  }
}

DetectorSpec spec_in(const std::string& file, const NetMetadata& said, const TensorFile& content, std::size_t classes) {
  const std::map<std::string, std::string>& words = content.metadata;
  const auto model = said.model();
  require(model.has_value(), "{}: does not say which net it is of; expected a file of train_detector", file);
  DetectorSpec spec;
  spec.body = *model;
  spec.body.shortcut = said.shortcut().value_or(spec.body.shortcut);
  spec.body.shortcut_padding = said.shortcut_padding().value_or(spec.body.shortcut_padding);
  spec.body.bottleneck_stride = said.bottleneck_stride().value_or(spec.body.bottleneck_stride);
  spec.body.classes = static_cast<std::int64_t>(classes) + 1;
  spec.anchors = {numbers_in(file, words, kSides), numbers_in(file, words, kRatios)};
  // Before there is room made for as many classes as a file may claim.
  const torch::Tensor* last = content.find("body." + last_layer(spec.body).name + ".weight");
  require(last != nullptr && last->dim() == 2 && last->size(0) == spec.body.classes,
          "{}: names {} classes, and its last layer is of others; is this file of another net?", file, spec.classes());
  try {
    check_detector(spec);
  } catch (const Error& error) {
    fail("{}: {}", file, error.what());
  }
  return spec;
}

}  // namespace

void save_trained_detector(const fs::path& file, const TrainedDetector& detector) {
  const DetectorSpec& spec = detector.net->spec();
  TensorFile content;
  add_model_state(content, *detector.net);
  content.metadata = net_metadata(spec.body, detector.input, detector.class_names, detector.recipe);
  content.metadata[kSides] = fmt::format("{}", fmt::join(spec.anchors.sides, ","));
  content.metadata[kRatios] = fmt::format("{}", fmt::join(spec.anchors.ratios, ","));
  content.metadata[kSizes] = fmt::format("{},{}", detector.sizes.shorter, detector.sizes.longest);
  save_proved(file, content);
}

TrainedDetector load_trained_detector(const fs::path& path) {
  const fs::path file = weights_path(path);
  require(fs::exists(file), "{}: is not there; expected a finished run of train_detector, or its weights file",
          file.string());
  const TensorFile content = load_safetensors(file);
  const NetMetadata said(file.string(), content.metadata);
  TrainedDetector detector;
  detector.sizes = sizes_in(file.string(), content.metadata);
  detector.input = input_in(file.string(), said);
  detector.class_names = said.class_names();
  require(!detector.class_names.empty(), "{}: names no class; expected a file of train_detector", file.string());
  detector.recipe = said.recipe();
  detector.net = std::make_shared<Detector>(spec_in(file.string(), said, content, detector.class_names.size()));
  load_model_state(*detector.net, content, file.string());
  require(is_finite(*detector.net), "{}: some of its weights are no finite numbers; it finds nothing", file.string());
  return detector;
}

}  // namespace resnet

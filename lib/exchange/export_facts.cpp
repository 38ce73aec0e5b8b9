// SPDX-License-Identifier: MIT
#include "exchange/export_facts.hpp"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/names.hpp"
#include "core/shown.hpp"
#include "exchange/net_metadata.hpp"
#include "exchange/recipe_facts.hpp"

namespace resnet {
namespace {

using Json = nlohmann::ordered_json;

const std::string kClasses = "classes.txt";
const std::string kInput = "input.json";
const std::string kRecipe = "recipe.ini";

Json nested(const at::Tensor& tensor) {
  if (tensor.dim() == 0) return tensor.item<float>();
  Json list = Json::array();
  for (std::int64_t i = 0; i < tensor.size(0); ++i) list.push_back(nested(tensor[i]));
  return list;
}

/// A tensor [3, H, W] from lists in lists. Throws Json::exception or Error.
at::Tensor planes(const Json& lists) {
  std::vector<float> numbers;
  const auto height = static_cast<std::int64_t>(lists.at(0).size());
  const auto width = static_cast<std::int64_t>(lists.at(0).at(0).size());
  require(lists.size() == 3, "{} planes, expected those of R, G and B", lists.size());
  require(width > 0, "planes without numbers");
  for (const Json& plane : lists) {
    for (const Json& row : plane) {
      for (const Json& number : row) {
        require(number.is_number(), "a {} where a number of its mean or std should be", number.type_name());
        numbers.push_back(number.get<float>());
      }
    }
  }
  require(static_cast<std::int64_t>(numbers.size()) == 3 * height * width, "planes or rows of different lengths");
  return at::tensor(numbers).view({3, height, width});
}

Json to_json(const NetInput& input) {
  Json json = {{"takes", input.takes_bytes ? "bytes" : "normalised"},
               {"channels", "RGB"},
               {"shape", {"N", 3, "H", "W"}},
               {"height", input.height},
               {"width", input.width},
               {"normalisation", "(bytes / 255 - mean) / std"},
               {"mean", nested(input.normalization.mean)},
               {"std", nested(input.normalization.std)}};
  if (input.shorter_side > 0) json["shorter_side"] = input.shorter_side;
  return json;
}

/// Pixels of a side. Throws Error unless it is a whole number from 1 to the largest.
std::int64_t side(const Json& json, const char* name, std::int64_t largest) {
  const auto pixels = field_of<std::int64_t>(json, name);
  require(pixels && *pixels >= 1 && *pixels <= largest, "its {} is not a whole number of 1 to {}", name, largest);
  return *pixels;
}

NetInput input_from(const Json& json) {
  NetInput input;
  const auto takes = field_of<std::string>(json, "takes").value_or("");
  require(takes == "bytes" || takes == "normalised", "it takes '{}', expected bytes or normalised", shown(takes));
  input.takes_bytes = takes == "bytes";
  input.height = side(json, "height", kLargestImageSize);
  input.width = side(json, "width", kLargestImageSize);
  if (json.contains("shorter_side") && json.at("shorter_side") != 0) {  // 0: the image as a whole
    input.shorter_side = side(json, "shorter_side", kLargestSide);
    const auto [least, most] = std::minmax(input.height, input.width);
    require(
        least >= kLeastImageSize && most <= input.shorter_side,
        "a shorter side of {0} for images of {1} x {2}, expected a height and width of at least {3} and at most {0}",
        input.shorter_side, input.height, input.width, kLeastImageSize);
  }
  input.normalization = {planes(json.at("mean")), planes(json.at("std"))};
  require(is_usable(input.normalization),
          "its mean and std are not finite numbers, expected a std above 0 for each channel");
  return input;
}

}  // namespace

ExportFacts facts_of(const TrainedModel& model, bool takes_bytes) {
  NetInput input{.takes_bytes = takes_bytes, .normalization = model.input};
  if (model.spec.design == Design::kCifar) {
    input.height = input.width = image_size(Design::kCifar);
  } else {
    const PhotoSizes sizes = photo_sizes_in(model.recipe).value_or(PhotoSizes());
    input.height = input.width = sizes.crop;
    input.shorter_side = sizes.test_side;
  }
  if (model.input.has_mean_per_pixel()) {
    input.height = model.input.mean.size(1);
    input.width = model.input.mean.size(2);
  }
  return {.input = std::move(input), .class_names = model.class_names, .recipe = model.recipe};
}

const std::vector<std::string>& fact_files() {
  static const std::vector<std::string> names = {kClasses, kInput, kRecipe};
  return names;
}

std::map<std::string, std::string> to_files(const ExportFacts& facts) {
  std::map<std::string, std::string> files;
  if (!facts.class_names.empty()) files[kClasses] = fmt::format("{}\n", fmt::join(facts.class_names, "\n"));
  if (facts.input) files[kInput] = to_json(*facts.input).dump() + "\n";
  if (!facts.recipe.empty()) files[kRecipe] = facts.recipe;
  return files;
}

ExportFacts facts_from(const std::map<std::string, std::string>& files, const std::string& what) {
  const auto text = [&](const std::string& name) {
    const auto found = files.find(name);
    return found == files.end() ? std::string() : found->second;
  };
  ExportFacts facts{.input = std::nullopt,
                    .class_names = class_names_in(text(kClasses), fmt::format("{}: its {}", what, kClasses)),
                    .recipe = text(kRecipe)};
  if (text(kInput).empty()) return facts;
  try {
    facts.input = input_from(parse_json(text(kInput)));
  } catch (const std::exception& error) {
    fail("{}: its {} is broken: {}; export it anew", what, kInput, error.what());
  }
  return facts;
}

NetInput with_hint(const std::optional<NetInput>& said, const std::optional<Normalization>& hint,
                   const std::string& what) {
  NetInput input = said.value_or(NetInput());
  require_usage(!(input.takes_bytes && hint), "{}: normalises its images itself; leave out --mean and --std", what);
  if (hint) input.normalization = *hint;
  return input;
}

PhotoView view_of(const NetInput& input, ImageSize image) {
  const ImageSize size{input.height, input.width};
  if (input.shorter_side > 0) return center_view(image, input.shorter_side, size);
  return {.resized = size, .size = size};
}

at::Tensor prepare(const NetInput& input, const at::Tensor& images) {
  if (!input.takes_bytes) return normalized(images, input.normalization);
  return images.scalar_type() == at::kByte ? images : images.round().to(at::kByte);
}

}  // namespace resnet

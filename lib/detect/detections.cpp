// SPDX-License-Identifier: MIT
#include "detect/detections.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/lines.hpp"
#include "core/utf8.hpp"
#include "detect/coco_json.hpp"
#include "format/shown.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

/// Where things stand in a list.
template <typename Thing>
std::unordered_map<Thing, std::size_t> places_of(const std::vector<Thing>& list) {
  std::unordered_map<Thing, std::size_t> places;
  for (std::size_t i = 0; i < list.size(); ++i) places.emplace(list[i], i);
  return places;
}

// ---- COCO ----

ReadDetections read_coco(const fs::path& path, const AnnotatedSet& set) {
  const std::string file = path.string();
  require(!set.class_ids.empty(),
          "{}: names classes by numbers, which the annotations in {} do not have; expected a folder with a file "
          "<anything>_<class>.txt for each class",
          file, set.source);
  const nlohmann::json list = parse_large_json(read_file(path));
  require(list.is_array(), "{}: is no JSON list; expected COCO's results", file);
  const auto images = places_of(set.images);
  const auto classes = places_of(set.class_ids);
  ReadDetections read;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const CocoEntry entry(list[i], file, "detection", i);
    const auto image = images.find(std::to_string(entry.integer("image_id")));
    if (image == images.end()) entry.reject("image {} is none of those in {}", entry.integer("image_id"), set.source);
    const auto label = classes.find(entry.integer("category_id"));
    const Detection detection{image->second, 0, entry.box("bbox"), entry.number("score")};
    if (label == classes.end()) {
      ++read.of_other_classes[std::to_string(entry.integer("category_id"))];
    } else {
      read.detections.push_back(detection);
      read.detections.back().label = label->second;
    }
  }
  return read;
}

// ---- VOC ----

/// The parts of a line between spaces.
std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view kSpaces = " \t\r";
  std::vector<std::string_view> words;
  for (std::size_t at = line.find_first_not_of(kSpaces); at != std::string_view::npos;
       at = line.find_first_not_of(kSpaces, at)) {
    const std::size_t end = std::min(line.find_first_of(kSpaces, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

std::optional<double> finite_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// The class whose name ends the file's: the longest, since "dining table" ends with "table". Else what follows the last _.
std::string class_of(const std::string& stem, const std::vector<std::string>& class_names) {
  std::string best;
  for (const std::string& name : class_names) {
    if ((stem == name || stem.ends_with("_" + name)) && name.size() > best.size()) best = name;
  }
  return best.empty() ? stem.substr(stem.find_last_of('_') + 1) : best;
}

ReadDetections read_voc(const fs::path& folder, const AnnotatedSet& set) {
  std::error_code error;
  std::map<std::string, fs::path> files;  // by class
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() != ".txt") continue;
    const std::string name = class_of(at->path().stem().string(), set.class_names);
    const auto [known, is_new] = files.emplace(name, at->path());
    require(is_new, "{} and {}: both hold detections of the class '{}'; remove one", known->second.string(),
            at->path().string(), shown(name));
  }
  require(!error, "{}: cannot be read: {}", folder.string(), error.message());
  require(!files.empty(), "{}: has no file <anything>_<class>.txt, expected one for each class", folder.string());

  const auto images = places_of(set.images);
  const auto classes = places_of(set.class_names);
  ReadDetections read;
  for (const auto& [name, file] : files) {
    const auto label = classes.find(name);
    const std::vector<std::string> lines = lines_of(read_file(file));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::vector<std::string_view> words = words_of(lines[i]);
      if (words.empty()) continue;
      std::array<std::optional<double>, 5> numbers{};
      for (std::size_t n = 0; n < 5 && words.size() == 6; ++n) numbers[n] = finite_number(words[n + 1]);
      require(std::all_of(numbers.begin(), numbers.end(), [](const auto& number) { return number.has_value(); }),
              "{}:{}: '{}' is no detection; expected image, score, left, top, right and bottom", file.string(), i + 1,
              shown(lines[i]));
      const auto image = images.find(std::string(words[0]));
      require(image != images.end(), "{}:{}: the image '{}' is none of those in {}", file.string(), i + 1,
              shown(words[0]), set.source);
      const auto [score, left, top, right, bottom] =
          std::tuple(*numbers[0], *numbers[1], *numbers[2], *numbers[3], *numbers[4]);
      require(right >= left && bottom >= top, "{}:{}: the box from ({}, {}) to ({}, {}) ends before it begins",
              file.string(), i + 1, left, top, right, bottom);
      if (label == classes.end()) {
        ++read.of_other_classes[as_utf8(name)];
      } else {
        read.detections.push_back(
            {image->second, label->second, {left - 1, top - 1, right - left + 1, bottom - top + 1}, score});
      }
    }
  }
  return read;
}

}  // namespace

ReadDetections read_detections(const fs::path& path, const AnnotatedSet& set) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) ? read_voc(path, set) : read_coco(path, set);
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "detect/voc_detections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <system_error>
#include <unordered_map>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/lines.hpp"
#include "core/names.hpp"
#include "core/number.hpp"
#include "core/shown.hpp"
#include "detect/voc_annotation.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = 256 << 20;
constexpr std::ptrdiff_t kMostLines = 10'000'000;

/// The parts of a line between spaces.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t at = line.find_first_not_of(" \t"); at != std::string_view::npos;
       at = line.find_first_not_of(" \t", at)) {
    const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

/// The five numbers of a detection, behind its image; nothing if it is no such line.
std::optional<std::vector<double>> numbers_of(const std::vector<std::string_view>& words) {
  if (words.size() != 6) return std::nullopt;
  std::vector<double> numbers;
  for (const std::string_view word : {words[1], words[2], words[3], words[4], words[5]}) {
    const auto number = finite_number(word);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

/// What the names of files that are written here begin with.
constexpr std::string_view kOwnPrefix = "comp4_det_test_";

/// All that follows our own prefix, known or not: comp4_det_test_tube is of "tube", though it ends with "test_tube"
/// too, and comp4_det_test_toy_car never of "car". Else the class that ends the file's name: the longest, since what
/// ends with "_toy_car" ends with "_car". Else what follows the last _; nothing without one.
std::string class_of(const std::string& stem, const std::vector<std::string>& class_names) {
  if (stem.starts_with(kOwnPrefix)) return stem.substr(kOwnPrefix.size());
  std::string best;
  for (const std::string& name : class_names) {
    if ((stem == name || stem.ends_with("_" + name)) && name.size() > best.size()) best = name;
  }
  if (!best.empty()) return best;
  const std::size_t bar = stem.find_last_of('_');
  return bar == std::string::npos ? "" : stem.substr(bar + 1);
}

/// The files of detections, by the class.
std::map<std::string, fs::path> files_in(const fs::path& folder, const std::vector<std::string>& class_names) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    entries.push_back(at->path());
  }
  require(!error, "{}: cannot be read: {}", folder.string(), error.message());
  std::sort(entries.begin(), entries.end());
  std::map<std::string, fs::path> files;
  for (const fs::path& entry : entries) {
    const std::string file = entry.filename().string();
    if (entry.extension() != ".txt" || file.starts_with('.')) continue;
    check_name(file, folder.string());
    const std::string name = class_of(entry.stem().string(), class_names);
    require(!name.empty(), "{}: names no class; expected <anything>_<class>.txt, or take the file away",
            entry.string());
    const auto [known, is_new] = files.emplace(name, entry);
    require(is_new, "{} and {}: both hold detections of the class '{}'; remove one", known->second.string(),
            entry.string(), shown(name));
  }
  require(!files.empty(), "{}: has no file <anything>_<class>.txt, expected one for each class", folder.string());
  return files;
}

}  // namespace

std::vector<Detection> parse_voc_detections(const std::string& text, const std::string& file, const AnnotatedSet& set) {
  std::unordered_map<std::string_view, std::size_t> images;
  for (std::size_t i = 0; i < set.images.size(); ++i) images.emplace(set.images[i], i);
  std::vector<Detection> detections;
  std::size_t line_number = 0;
  for (const std::string& line : lines_of(text)) {
    const std::string where = fmt::format("{}:{}", file, ++line_number);
    const std::vector<std::string_view> words = words_of(line);
    if (words.empty()) continue;
    const auto numbers = numbers_of(words);
    require(numbers.has_value(), "{}: '{}' is no detection; expected image, score, left, top, right and bottom", where,
            shown(line));
    const auto image = images.find(words[0]);
    require(image != images.end(), "{}: the image '{}' is none of those in {}", where, shown(words[0]), set.source);
    const std::vector<double>& n = *numbers;
    detections.push_back({image->second, 0, voc_box(n[1], n[2], n[3], n[4], where), n[0]});
  }
  return detections;
}

Detections read_voc_detections(const fs::path& folder, const AnnotatedSet& set) {
  Detections detections;
  std::ptrdiff_t lines = 0;
  for (const auto& [name, file] : files_in(folder, set.class_names)) {
    const std::string text = read_file(file, kLargestFile);
    lines += std::ranges::count(text, '\n');
    require(lines <= kMostLines, "{}: its files have more than {} lines up to {}; leave out detections of low scores",
            folder.string(), kMostLines, file.filename().string());
    std::vector<Detection> of_class = parse_voc_detections(text, file.string(), set);
    const auto label = std::find(set.class_names.begin(), set.class_names.end(), name);
    if (label == set.class_names.end()) {
      if (!of_class.empty()) detections.of_other_classes[name] = static_cast<std::int64_t>(of_class.size());
      continue;
    }
    for (Detection& detection : of_class) {
      detection.label = static_cast<std::size_t>(label - set.class_names.begin());
    }
    detections.found.insert(detections.found.end(), of_class.begin(), of_class.end());
  }
  return detections;
}

std::map<std::string, std::string> voc_detection_files(const AnnotatedSet& set,
                                                       const std::vector<Detection>& detections) {
  std::vector<std::string> texts(set.class_names.size());
  for (const Detection& each : detections) {
    const Box& box = each.box;
    texts[each.label] +=
        fmt::format("{} {} {} {} {} {}\n", set.images[each.image], each.score, box.left + 1, box.top + 1,
                    std::max(box.right(), box.left + 1), std::max(box.bottom(), box.top + 1));
  }
  std::map<std::string, std::string> files;
  for (std::size_t label = 0; label < texts.size(); ++label) {
    require(set.class_names[label].find('/') == std::string::npos,
            "{}: no file can have the name of its class '{}', which has a '/'", set.source,
            shown(set.class_names[label]));
    files[fmt::format("{}{}.txt", kOwnPrefix, set.class_names[label])] = texts[label];
  }
  return files;
}

}  // namespace resnet

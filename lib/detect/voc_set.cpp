// SPDX-License-Identifier: MIT
#include "detect/voc_set.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/lines.hpp"
#include "core/names.hpp"
#include "core/shown.hpp"
#include "detect/voc_annotation.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = 8 << 20;  // dozens of times VOC's largest lists and annotations

std::vector<std::string> images_in(const fs::path& list) {
  std::vector<std::string> images;
  std::set<std::string> known;
  std::size_t number = 0;
  for (const std::string& line : lines_of(read_file(list, kLargestFile))) {
    const std::string where = fmt::format("{}:{}", list.string(), ++number);
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string::npos) continue;
    const std::string name = line.substr(first, line.find_first_of(" \t", first) - first);
    check_name(name, where);
    require(name.find('/') == std::string::npos && name != "." && name != "..",
            "{}: '{}' is no name of an image; expected one without folder and ending, e.g. 000005", where, shown(name));
    require(known.insert(name).second, "{}: the image '{}' stands there twice; remove one", where, shown(name));
    images.push_back(name);
  }
  require(!images.empty(), "{}: names no image, expected one in a line", list.string());
  return images;
}

}  // namespace

AnnotatedSet read_voc_images(const fs::path& folder, const std::string& split) {
  AnnotatedSet set;
  set.source = folder.string();
  set.images = images_in(folder / "ImageSets" / "Main" / (split + ".txt"));
  for (const std::string& image : set.images) set.files.push_back("JPEGImages/" + image + ".jpg");
  return set;
}

AnnotatedSet read_voc_set(const fs::path& folder, const std::string& split) {
  AnnotatedSet set = read_voc_images(folder, split);
  std::map<std::string, std::vector<std::size_t>> objects_of_class;
  for (std::size_t image = 0; image < set.images.size(); ++image) {
    const fs::path file = folder / "Annotations" / (set.images[image] + ".xml");
    for (const VocObject& object : parse_voc_annotation(read_file(file, kLargestFile), file.string())) {
      objects_of_class[object.name].push_back(set.objects.size());
      set.objects.push_back({.image = image,
                             .label = 0,
                             .box = object.box,
                             .area = object.box.area(),
                             .kind = object.is_difficult ? ObjectKind::kDifficult : ObjectKind::kPlain});
    }
  }
  for (const auto& [name, objects] : objects_of_class) {
    for (const std::size_t object : objects) set.objects[object].label = set.class_names.size();
    set.class_names.push_back(name);
  }
  return set;
}

}  // namespace resnet

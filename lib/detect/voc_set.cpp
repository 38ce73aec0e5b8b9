// SPDX-License-Identifier: MIT
#include "detect/voc_set.hpp"

#include <charconv>
#include <cmath>
#include <map>
#include <pugixml.hpp>
#include <set>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/lines.hpp"
#include "core/names.hpp"
#include "format/shown.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestAnnotation = 64 << 20;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

/// The images of a list. A class's own list has a number behind each name, which is passed over.
std::vector<std::string> images_in(const fs::path& list) {
  std::vector<std::string> images;
  std::set<std::string_view> known;
  const std::vector<std::string> lines = lines_of(read_file(list));
  images.reserve(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = trimmed(lines[i]);
    const std::string_view name = line.substr(0, line.find_first_of(" \t"));
    if (name.empty()) continue;
    require(name.find('/') == std::string_view::npos && name != "." && name != "..",
            "{}:{}: '{}' is no name of an image; expected one without folder and ending, e.g. 000005", list.string(),
            i + 1, shown(name));
    check_name(name, fmt::format("{}:{}", list.string(), i + 1));
    images.emplace_back(name);
    require(known.insert(images.back()).second, "{}:{}: the image '{}' stands there twice; remove one", list.string(),
            i + 1, shown(name));
  }
  require(!images.empty(), "{}: names no image", list.string());
  return images;
}

/// The number in that child of the element.
double number_in(const pugi::xml_node& element, const char* child, const std::string& where) {
  const std::string_view text = trimmed(element.child_value(child));
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && std::abs(value) <= 1e6,
          "{}: <{}> is '{}', expected a number of pixels", where, child, shown(text));
  return value;
}

Box box_in(const pugi::xml_node& bndbox, const std::string& where) {
  const double left = number_in(bndbox, "xmin", where);
  const double top = number_in(bndbox, "ymin", where);
  const double right = number_in(bndbox, "xmax", where);
  const double bottom = number_in(bndbox, "ymax", where);
  require(right >= left && bottom >= top, "{}: the box from ({}, {}) to ({}, {}) ends before it begins", where, left,
          top, right, bottom);
  return {left - 1, top - 1, right - left + 1, bottom - top + 1};
}

}  // namespace

AnnotatedSet read_voc_set(const fs::path& folder, const std::string& split) {
  AnnotatedSet set;
  set.source = folder.string();
  set.images = images_in(folder / "ImageSets" / "Main" / (split + ".txt"));
  std::map<std::string, std::vector<std::size_t>> objects_of_class;
  for (std::size_t image = 0; image < set.images.size(); ++image) {
    const fs::path file = folder / "Annotations" / (set.images[image] + ".xml");
    const std::string text = read_file(file, kLargestAnnotation);
    pugi::xml_document document;
    const pugi::xml_parse_result parsed = document.load_buffer(text.data(), text.size());
    require(parsed, "{}: is no XML: {} at byte {}", file.string(), parsed.description(), parsed.offset);
    const pugi::xml_node annotation = document.child("annotation");
    require(annotation, "{}: has no <annotation>; expected one of PASCAL VOC's files", file.string());
    std::size_t number = 0;
    for (const pugi::xml_node& element : annotation.children("object")) {
      const std::string where = fmt::format("{}: object {}", file.string(), ++number);
      const std::string name(trimmed(element.child_value("name")));
      require(!name.empty(), "{}: <name> is empty, expected that of a class", where);
      check_name(name, where);
      const pugi::xml_node bndbox = element.child("bndbox");
      require(bndbox, "{}: has no <bndbox>", where);
      AnnotatedObject object;
      object.image = image;
      object.box = box_in(bndbox, where);
      object.area = object.box.area();
      if (element.child("difficult") && number_in(element, "difficult", where) != 0) {
        object.kind = ObjectKind::kDifficult;
      }
      objects_of_class[name].push_back(set.objects.size());
      set.objects.push_back(object);
    }
  }
  for (const auto& [name, objects] : objects_of_class) {
    for (const std::size_t object : objects) set.objects[object].label = set.class_names.size();
    set.class_names.push_back(name);
  }
  return set;
}

}  // namespace resnet

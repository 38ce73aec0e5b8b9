// SPDX-License-Identifier: MIT
#include "detect/voc_annotation.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <optional>
#include <pugixml.hpp>

#include "core/error.hpp"
#include "core/names.hpp"
#include "core/number.hpp"
#include "core/shown.hpp"

namespace resnet {
namespace {

constexpr double kFarthest = 1e6;  // pixels
constexpr std::size_t kMostObjects = 10'000;

std::string_view text_in(const pugi::xml_node& element, const char* child) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::string_view text = element.child_value(child);
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

double coordinate_in(const pugi::xml_node& bndbox, const char* child, const std::string& where) {
  const std::string_view text = text_in(bndbox, child);
  const std::optional<double> value = finite_number(text);
  require(value && std::abs(*value) <= kFarthest, "{}: <{}> is '{}', expected a number of pixels from {} to {}", where,
          child, shown(text), -kFarthest, kFarthest);
  return *value;
}

bool is_difficult(const pugi::xml_node& object, const std::string& where) {
  if (!object.child("difficult")) return false;
  const std::string_view text = text_in(object, "difficult");
  require(text == "0" || text == "1", "{}: <difficult> is '{}', expected 0 or 1", where, shown(text));
  return text == "1";
}

VocObject parse_object(const pugi::xml_node& object, const std::string& where) {
  const std::string name(text_in(object, "name"));
  require(!name.empty(), "{}: <name> is empty, expected that of a class", where);
  check_name(name, where);
  const pugi::xml_node bndbox = object.child("bndbox");
  require(bndbox, "{}: has no <bndbox>, expected one with <xmin>, <ymin>, <xmax> and <ymax>", where);
  const double left = coordinate_in(bndbox, "xmin", where);
  const double top = coordinate_in(bndbox, "ymin", where);
  const double right = coordinate_in(bndbox, "xmax", where);
  const double bottom = coordinate_in(bndbox, "ymax", where);
  return {name, voc_box(left, top, right, bottom, where), is_difficult(object, where)};
}

}  // namespace

std::vector<VocObject> parse_voc_annotation(std::string_view xml, const std::string& where) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size());
  require(parsed, "{}: is no XML: {} at byte {}; is it whole?", where, parsed.description(), parsed.offset);
  const pugi::xml_node annotation = document.child("annotation");
  require(annotation, "{}: has no <annotation>; expected one of PASCAL VOC's files", where);
  std::vector<VocObject> objects;
  for (const pugi::xml_node& object : annotation.children("object")) {
    require(objects.size() < kMostObjects, "{}: has more than {} objects, which no image has", where, kMostObjects);
    objects.push_back(parse_object(object, fmt::format("{}: object {}", where, objects.size() + 1)));
  }
  return objects;
}

Box voc_box(double left, double top, double right, double bottom, const std::string& where) {
  require(right >= left && bottom >= top,
          "{}: the box from ({}, {}) to ({}, {}) ends before it begins; expected left, top, right and bottom", where,
          left, top, right, bottom);
  return {left - 1, top - 1, right - left + 1, bottom - top + 1};
}

}  // namespace resnet

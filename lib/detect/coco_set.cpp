// SPDX-License-Identifier: MIT
#include "detect/coco_set.hpp"

#include <map>
#include <set>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/shown.hpp"
#include "detect/coco_entry.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

/// Calls `take` with each entry of that list.
template <typename Take>
void for_each_entry(const nlohmann::json& document, const std::string& file, const char* list, Take take) {
  const auto found = document.find(list);
  require(found != document.end() && found->is_array(),
          "{}: has no list \"{}\"; expected COCO's annotations, with images, categories and annotations", file, list);
  for (std::size_t i = 0; i < found->size(); ++i) take(CocoEntry((*found)[i], file, list, i));
}

/// The place of an id among the sorted ones.
std::size_t place_of(const std::map<std::int64_t, std::size_t>& places, const CocoEntry& entry, const char* name,
                     const char* list) {
  const std::int64_t id = entry.integer(name);
  const auto found = places.find(id);
  if (found == places.end()) entry.reject("\"{}\" is {}, which is none of the {}", name, id, list);
  return found->second;
}

void number(std::map<std::int64_t, std::size_t>& places) {
  std::size_t next = 0;
  for (auto& [id, place] : places) place = next++;
}

}  // namespace

AnnotatedSet read_coco_set(const fs::path& file) { return parse_coco_set(read_file(file), file.string()); }

AnnotatedSet parse_coco_set(std::string_view json, const std::string& file) {
  const nlohmann::json document = parse_coco_json(json, file);
  require(document.is_object(), "{}: is no JSON object; expected COCO's annotations", file);
  AnnotatedSet set;
  set.source = file;

  std::map<std::int64_t, std::size_t> images;
  for_each_entry(document, file, "images", [&](const CocoEntry& image) {
    const std::int64_t id = image.integer("id");
    if (!images.emplace(id, 0).second) image.reject("the id {} stands there twice", id);
  });
  number(images);
  for (const auto& [id, place] : images) set.images.push_back(std::to_string(id));

  std::map<std::int64_t, std::string> names;
  std::set<std::string> known;
  for_each_entry(document, file, "categories", [&](const CocoEntry& category) {
    const std::int64_t id = category.integer("id");
    const std::string name = category.name();
    if (!known.insert(name).second) category.reject("the name '{}' stands there twice", shown(name));
    if (!names.emplace(id, name).second) category.reject("the id {} stands there twice", id);
  });
  require(!names.empty(), "{}: \"categories\" is empty, expected the classes", file);
  std::map<std::int64_t, std::size_t> classes;
  for (const auto& [id, name] : names) {
    classes.emplace(id, set.class_ids.size());
    set.class_ids.push_back(id);
    set.class_names.push_back(name);
  }

  for_each_entry(document, file, "annotations", [&](const CocoEntry& annotation) {
    AnnotatedObject& object = set.objects.emplace_back();
    object.image = place_of(images, annotation, "image_id", "images");
    object.label = place_of(classes, annotation, "category_id", "categories");
    object.box = annotation.box("bbox");
    object.area = annotation.has("area") ? annotation.number("area", 0, 1e10) : object.box.area();
    if (annotation.has("iscrowd") && annotation.truth("iscrowd")) object.kind = ObjectKind::kCrowd;
  });
  return set;
}

}  // namespace resnet

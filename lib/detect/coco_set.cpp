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

/// The places of images and classes in the set, by their ids.
struct Places {
  std::map<std::int64_t, std::size_t> images;
  std::map<std::int64_t, std::size_t> classes;
};

nlohmann::json annotations_in(std::string_view json, const std::string& file) {
  nlohmann::json document = parse_coco_json(json, file);
  require(document.is_object(), "{}: is no JSON object; expected COCO's annotations", file);
  return document;
}

/// The set without its objects.
AnnotatedSet images_and_classes(const nlohmann::json& document, const std::string& file, Places& places) {
  AnnotatedSet set;
  set.source = file;

  std::map<std::int64_t, std::string> files;
  for_each_entry(document, file, "images", [&](const CocoEntry& image) {
    const std::int64_t id = image.integer("id");
    if (!places.images.emplace(id, 0).second) image.reject("the id {} stands there twice", id);
    files.emplace(id, image.text_or_none("file_name"));
  });
  number(places.images);
  for (const auto& [id, name] : files) {
    set.images.push_back(std::to_string(id));
    set.files.push_back(name);
  }

  std::map<std::int64_t, std::string> names;
  std::set<std::string> known;
  for_each_entry(document, file, "categories", [&](const CocoEntry& category) {
    const std::int64_t id = category.integer("id");
    const std::string name = category.name();
    if (!known.insert(name).second) category.reject("the name '{}' stands there twice", shown(name));
    if (!names.emplace(id, name).second) category.reject("the id {} stands there twice", id);
  });
  require(!names.empty(), "{}: \"categories\" is empty, expected the classes", file);
  for (const auto& [id, name] : names) {
    places.classes.emplace(id, set.class_ids.size());
    set.class_ids.push_back(id);
    set.class_names.push_back(name);
  }
  return set;
}

}  // namespace

AnnotatedSet read_coco_set(const fs::path& file) { return parse_coco_set(read_file(file), file.string()); }

AnnotatedSet parse_coco_set(std::string_view json, const std::string& file) {
  const nlohmann::json document = annotations_in(json, file);
  Places places;
  AnnotatedSet set = images_and_classes(document, file, places);
  for_each_entry(document, file, "annotations", [&](const CocoEntry& annotation) {
    AnnotatedObject& object = set.objects.emplace_back();
    object.image = place_of(places.images, annotation, "image_id", "images");
    object.label = place_of(places.classes, annotation, "category_id", "categories");
    object.box = annotation.box("bbox");
    object.area = annotation.has("area") ? annotation.number("area", 0, 1e10) : object.box.area();
    if (annotation.has("iscrowd") && annotation.truth("iscrowd")) object.kind = ObjectKind::kCrowd;
  });
  return set;
}

AnnotatedSet read_coco_images(const fs::path& file) {
  Places places;
  return images_and_classes(annotations_in(read_file(file), file.string()), file.string(), places);
}

}  // namespace resnet

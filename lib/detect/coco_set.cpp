// SPDX-License-Identifier: MIT
#include "detect/coco_set.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/shown.hpp"
#include "detect/coco_entry.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

/// What the lists say. The annotations may stand before what they name, and so their ids are kept.
struct Lists {
  std::map<std::int64_t, std::string> image_files;  // by the image's id
  std::map<std::int64_t, std::string> class_names;  // by the class's id
  std::set<std::string> known_names;
  std::vector<AnnotatedObject> objects;                           // but for their images and labels
  std::vector<std::pair<std::int64_t, std::int64_t>> object_ids;  // of the image and the class of each
};

void take_image(Lists& lists, const CocoEntry& image) {
  const std::int64_t id = image.integer("id");
  if (!lists.image_files.emplace(id, image.text_or_none("file_name")).second) {
    image.reject("the id {} stands there twice", id);
  }
}

void take_category(Lists& lists, const CocoEntry& category) {
  const std::int64_t id = category.integer("id");
  const std::string name = category.name();
  if (!lists.known_names.insert(name).second) category.reject("the name '{}' stands there twice", shown(name));
  if (!lists.class_names.emplace(id, name).second) category.reject("the id {} stands there twice", id);
}

void take_annotation(Lists& lists, const CocoEntry& annotation) {
  const std::int64_t image_id = annotation.integer("image_id");
  lists.object_ids.emplace_back(image_id, annotation.integer("category_id"));
  AnnotatedObject& object = lists.objects.emplace_back();
  object.box = annotation.box("bbox");
  object.area = annotation.has("area") ? annotation.number("area", 0, 1e10) : object.box.area();
  if (annotation.has("iscrowd") && annotation.truth("iscrowd")) object.kind = ObjectKind::kCrowd;
}

/// The set without its objects.
AnnotatedSet images_and_classes(const Lists& lists, const std::string& file) {
  require(!lists.class_names.empty(), "{}: \"categories\" is empty, expected the classes", file);
  AnnotatedSet set;
  set.source = file;
  for (const auto& [id, name] : lists.image_files) {
    set.images.push_back(std::to_string(id));
    set.files.push_back(name);
  }
  for (const auto& [id, name] : lists.class_names) {
    set.class_ids.push_back(id);
    set.class_names.push_back(name);
  }
  return set;
}

std::vector<std::int64_t> ids_of(const std::map<std::int64_t, std::string>& by_id) {
  std::vector<std::int64_t> ids;
  for (const auto& [id, name] : by_id) ids.push_back(id);
  return ids;
}

/// The place of an id among the sorted ones; as many as there are if it is none of them.
std::size_t place_of(std::int64_t id, const std::vector<std::int64_t>& ids) {
  const auto found = std::ranges::lower_bound(ids, id);
  return static_cast<std::size_t>((found != ids.end() && *found == id ? found : ids.end()) - ids.begin());
}

std::vector<AnnotatedObject> placed_objects(Lists&& lists, const std::string& file) {
  const std::vector<std::int64_t> images = ids_of(lists.image_files);
  const std::vector<std::int64_t> classes = ids_of(lists.class_names);
  for (std::size_t i = 0; i < lists.objects.size(); ++i) {
    const auto [image_id, class_id] = lists.object_ids[i];
    AnnotatedObject& object = lists.objects[i];
    object.image = place_of(image_id, images);
    object.label = place_of(class_id, classes);
    require(object.image < images.size(), "{}: annotations[{}]: \"image_id\" is {}, which is none of the images", file,
            i, image_id);
    require(object.label < classes.size(),
            "{}: annotations[{}]: \"category_id\" is {}, which is none of the categories", file, i, class_id);
  }
  return std::move(lists.objects);
}

}  // namespace

AnnotatedSet read_coco_set(const fs::path& file) {
  return parse_coco_set(read_file(file, kLargestCocoFile), file.string());
}

AnnotatedSet parse_coco_set(std::string_view json, const std::string& file) {
  Lists lists;
  read_coco_lists(json, file,
                  {{"images", [&](const CocoEntry& entry) { take_image(lists, entry); }},
                   {"categories", [&](const CocoEntry& entry) { take_category(lists, entry); }},
                   {"annotations", [&](const CocoEntry& entry) { take_annotation(lists, entry); }}});
  AnnotatedSet set = images_and_classes(lists, file);
  set.objects = placed_objects(std::move(lists), file);
  return set;
}

AnnotatedSet read_coco_images(const fs::path& file) {
  Lists lists;
  read_coco_lists(read_file(file, kLargestCocoFile), file.string(),
                  {{"images", [&](const CocoEntry& entry) { take_image(lists, entry); }},
                   {"categories", [&](const CocoEntry& entry) { take_category(lists, entry); }}});
  return images_and_classes(lists, file.string());
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "detector/annotated_photos.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "core/names.hpp"
#include "core/seed.hpp"
#include "core/shown.hpp"
#include "detect/coco_set.hpp"
#include "detect/voc_set.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

/// Gives the set the classes of all of these.
void take_classes(AnnotatedSet& set, const std::vector<AnnotatedPhotos>& all) {
  const AnnotatedSet& first = all.front().set;
  const bool are_alike = std::ranges::all_of(all, [&](const AnnotatedPhotos& each) {
    return each.set.class_names == first.class_names && each.set.class_ids == first.class_ids;
  });
  if (are_alike) {
    set.class_names = first.class_names;
    set.class_ids = first.class_ids;
    return;
  }
  std::set<std::string> names;
  for (const AnnotatedPhotos& each : all) names.insert(each.set.class_names.begin(), each.set.class_names.end());
  set.class_names.assign(names.begin(), names.end());
}

/// "VOC2007:trainval" or "instances_val2014.json:val2014".
struct SetName {
  fs::path first;
  std::string second;
  bool is_voc = false;
};

SetName parse_set_name(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  require_usage(colon != std::string::npos && colon > 0 && colon + 1 < text.size(),
                "'{}' is no set, expected a folder of VOC's and a split, such as VOC2007:trainval, or a JSON file of "
                "COCO's and a folder of images, such as instances_val2014.json:val2014",
                text);
  SetName name{text.substr(0, colon), text.substr(colon + 1)};
  std::error_code ignored;
  name.is_voc = fs::is_directory(name.first, ignored);
  return name;
}

/// The set with the file of each image, which is there.
AnnotatedPhotos with_files(AnnotatedSet set, const SetName& name) {
  const fs::path folder = name.is_voc ? name.first : fs::path(name.second);
  AnnotatedPhotos photos{std::move(set), {}};
  for (std::size_t i = 0; i < photos.set.images.size(); ++i) {
    const std::string where = fmt::format("{}: image {}", photos.set.source, photos.set.images[i]);
    const fs::path file = photos.set.files[i];
    require(!file.empty(), "{} names no file; expected a \"file_name\"", where);
    check_name(file.string(), where);
    require(!file.is_absolute() && std::ranges::find(file, "..") == file.end(),
            "{} names the file '{}', expected one below the folder of images", where, shown(file.string()));
    photos.files.push_back(folder / file);
    std::error_code error;
    require(fs::exists(photos.files.back(), error), "{}: no such file; it is an image of {}",
            photos.files.back().string(), photos.set.source);
  }
  return photos;
}

}  // namespace

AnnotatedPhotos read_annotated_photos(const std::string& text) {
  const SetName name = parse_set_name(text);
  return with_files(name.is_voc ? read_voc_set(name.first, name.second) : read_coco_set(name.first), name);
}

AnnotatedPhotos read_photos_to_search(const std::string& text, const std::vector<std::string>& class_names) {
  const SetName name = parse_set_name(text);
  AnnotatedSet set = name.is_voc ? read_voc_images(name.first, name.second) : read_coco_images(name.first);
  if (name.is_voc) set.class_names = class_names;
  return with_files(std::move(set), name);
}

AnnotatedPhotos joined(std::vector<AnnotatedPhotos> sets) {
  require(!sets.empty(), "no set of photographs, expected one at least");
  if (sets.size() == 1) return std::move(sets.front());
  std::set<fs::path> files;  // by one spelling each
  for (const AnnotatedPhotos& each : sets) {
    std::set<fs::path> own;  // which may name a file twice
    for (const fs::path& file : each.files) {
      const fs::path& canonical = *own.insert(fs::canonical(file)).first;
      require(!files.contains(canonical), "{}: stands in two of the sets; name each set once", file.string());
    }
    files.merge(own);
  }

  AnnotatedPhotos all;
  all.set.source = sets.front().set.source;
  take_classes(all.set, sets);
  for (const AnnotatedPhotos& each : sets) {
    const std::size_t before = all.files.size();
    const auto places = places_of(each.set.class_names, all.set.class_names);
    for (AnnotatedObject object : each.set.objects) {
      object.image += before;
      object.label = places[object.label];
      all.set.objects.push_back(object);
    }
    all.set.images.insert(all.set.images.end(), each.set.images.begin(), each.set.images.end());
    all.set.files.insert(all.set.files.end(), each.set.files.begin(), each.set.files.end());
    all.files.insert(all.files.end(), each.files.begin(), each.files.end());
  }
  return all;
}

std::string fingerprint(const AnnotatedPhotos& photos) {
  std::string text;
  for (const std::string& image : photos.set.images) text += image + "\n";
  for (const std::string& name : photos.set.class_names) text += "class " + name + "\n";
  for (const AnnotatedObject& object : photos.set.objects) {
    text += fmt::format("{} {} {} {} {} {} {}\n", object.image, object.label, object.box.left, object.box.top,
                        object.box.width, object.box.height, static_cast<int>(object.kind));
  }
  return fmt::format("{:016x}", hash_of(text));
}

}  // namespace resnet

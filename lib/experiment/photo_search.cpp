// SPDX-License-Identifier: MIT
#include "experiment/photo_search.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <system_error>
#include <utility>

#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "detect/coco_detections.hpp"
#include "detect/voc_detections.hpp"
#include "experiment/loaded_data.hpp"
#include "experiment/runtime_flags.hpp"
#include "image/mark_boxes.hpp"

namespace resnet {

namespace fs = std::filesystem;

namespace {

/// The one spelling of a path; of one that cannot be looked into, as it is.
fs::path spelling_of(const fs::path& path) {
  std::error_code error;
  const fs::path found = fs::weakly_canonical(fs::absolute(path), error);
  return error ? path : found;
}

}  // namespace

void add_search_flags(Options& options) {
  options.add("detector", "", "the folder of a finished run of train_detector, or its weights");
  options.add("least-score", "", "leave out what is less sure [0.5; of a set 0.05, for average_precision]");
  options.add("precision", "fp32", "arithmetic: fp32 or bf16");
  add_bad_images_flag(options);
  add_runtime_flags(options);
}

PhotoSearch photo_search_from(const Options& options) {
  require_usage(options.given("detector"), "--detector is missing; see --help");
  PhotoSearch search;
  search.runtime = runtime_from(options);
  search.detector = load_trained_detector(options.path("detector"));
  search.detector.net->to(search.runtime.device);
  if (options.given("least-score")) search.rule.least_score = options.number("least-score", 0, 1);
  search.precision = options.parsed("precision", parse_precision);
  search.bad_images = options.parsed("bad-images", parse_bad_images);
  return search;
}

std::vector<Detection> search_photo(PhotoSearch& search, const SeenPhoto& photo) {
  const PrecisionScope precision(search.precision, search.runtime.device);
  return find_in_photo(search.detector, photo, search.rule);
}

FoundInSet search_photos(PhotoSearch& search, const AnnotatedPhotos& photos, const OnPhoto& on_photo) {
  require(!photos.files.empty(), "{}: names no image", photos.set.source);
  const std::vector<std::string>& known = photos.set.class_names;
  const auto places = places_of(search.detector.class_names, known);
  require(std::ranges::any_of(places, [&](std::size_t place) { return place < known.size(); }),
          "{}: has none of the detector's classes; is it the detector of another set?", photos.set.source);
  FoundInSet all;
  std::string first_error;
  ProgressLine line;
  for (std::size_t i = 0; i < photos.files.size(); ++i) {
    line.update(fmt::format("{} of {} images", i, photos.files.size()));
    SeenPhoto photo;
    const std::string error =
        why_left_out(search.bad_images, [&] { photo = see_photo(search.detector, photos.files[i]); });
    if (!error.empty()) {
      line.say(error);
      if (all.left_out++ == 0) first_error = error;
      continue;
    }
    const std::vector<Detection> found = search_photo(search, photo);
    if (on_photo) on_photo(i, photo, found);
    for (Detection each : found) {
      each.image = i;
      each.label = places[each.label];
      if (each.label < known.size()) all.found.push_back(each);
    }
  }
  require(all.left_out < photos.files.size(), "none of the images could be read; the first: {}", first_error);
  return all;
}

bool has_coco_form(const AnnotatedSet& set) { return !set.class_ids.empty(); }

void write_detections(const AnnotatedSet& set, const std::vector<Detection>& found, const fs::path& into) {
  if (has_coco_form(set)) {
    write_atomically(into, coco_detections_json(set, found));
    return;
  }
  for (const auto& [name, text] : voc_detection_files(set, found)) write_atomically(into / name, text);
}

void require_detections_writable(const AnnotatedSet& set, const fs::path& into) {
  if (has_coco_form(set)) {
    require_writable_file(into);
    std::error_code none;
    require(!fs::equivalent(into, set.source, none),
            "{}: is the file of the set itself, and would be replaced; give --write another", into.string());
    return;
  }
  require_writable(into);
  const auto files = voc_detection_files(set, {});
  for (const auto& [name, text] : files) require_writable_file(into / name);
  std::error_code error;
  for (fs::directory_iterator at(into, error), end; !error && at != end; at.increment(error)) {
    const fs::path& file = at->path();
    require(file.extension() != ".txt" || file.filename().string().starts_with('.') || files.contains(file.filename()),
            "{}: lies where files of detections are written, and would be taken for one of them; give another folder, "
            "or move it away",
            file.string());
  }
}

FoundPictures::FoundPictures(fs::path folder, std::vector<std::string> class_names,
                             const std::vector<PhotoToDraw>& photos)
    : folder_(std::move(folder)), class_names_(std::move(class_names)) {
  require_writable(folder_);
  const fs::path folder_itself = spelling_of(folder_);
  std::set<fs::path> among;
  for (const PhotoToDraw& photo : photos) {
    among.insert(spelling_of(photo.file));
    require(spelling_of(fs::absolute(photo.file).parent_path()) != folder_itself,
            "{}: would lie among the photographs, and might replace one; give --draw another folder",
            picture_of(photo.name).string());
  }
  std::set<fs::path> pictures;
  for (const PhotoToDraw& photo : photos) {
    const fs::path picture = picture_of(photo.name);
    require(!among.contains(spelling_of(picture)),
            "{}: is one of the photographs, by another path; give --draw another folder", picture.string());
    require(pictures.insert(picture).second,
            "{}: two of the images have this name; rename one, or draw them one by one", picture.string());
  }
}

fs::path FoundPictures::picture_of(const std::string& name) const { return folder_ / (name + ".jpg"); }

void FoundPictures::add(const std::string& name, const SeenPhoto& photo, const std::vector<Detection>& found) const {
  std::vector<MarkedBox> boxes;
  for (auto each = found.rbegin(); each != found.rend(); ++each) {  // the best on top
    boxes.push_back({each->box.left, each->box.top, each->box.right(), each->box.bottom(),
                     fmt::format("{} {:.0f} %", class_names_[each->label], 100 * each->score), each->label});
  }
  write_atomically(picture_of(name), mark_boxes(photo.image, boxes));
}

}  // namespace resnet

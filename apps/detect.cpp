// SPDX-License-Identifier: MIT
// Finds objects in photographs with a detector of train_detector.
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "core/error.hpp"
#include "experiment/image_files.hpp"
#include "experiment/photo_search.hpp"

namespace {

using Json = nlohmann::ordered_json;
using resnet::Detection;

constexpr double kLeastScore = 0.5;  // of what a person is shown

Json json_of(const Detection& each, const std::vector<std::string>& names) {
  const resnet::Box& box = each.box;
  return {{"class", names[each.label]}, {"score", each.score},   {"left", box.left}, {"top", box.top},
          {"right", box.right()},       {"bottom", box.bottom()}};
}

void print_image(const Json& image) {
  resnet::print("{}\n", image.at("image").get<std::string>());
  if (image.at("objects").is_null()) resnet::print("  left out: {}\n", image.at("error").get<std::string>());
  for (const Json& object : image.at("objects")) {
    const auto number = [&](const char* key) { return object.at(key).get<double>(); };
    resnet::print("  {:5.1f} %  {}  left {:.0f}, top {:.0f}, right {:.0f}, bottom {:.0f}\n", 100 * number("score"),
                  object.at("class").get<std::string>(), number("left"), number("top"), number("right"),
                  number("bottom"));
  }
}

/// Where what is found in these photographs is drawn, if that is asked for.
std::optional<resnet::FoundPictures> pictures_of(const resnet::Options& options, const resnet::PhotoSearch& search,
                                                 const std::vector<resnet::PhotoToDraw>& photos) {
  if (!options.given("draw")) return std::nullopt;
  return resnet::FoundPictures(options.path("draw"), search.detector.class_names, photos);
}

/// What is found in each of the images that the command names.
void search_images(const resnet::Options& options, resnet::PhotoSearch& search) {
  if (!options.given("least-score")) search.rule.least_score = kLeastScore;
  const std::vector<std::string> files = resnet::image_files(options.words());
  const auto name_of = [](const std::string& file) { return std::filesystem::path(file).stem().string(); };
  std::vector<resnet::PhotoToDraw> photos;
  for (const std::string& file : files) photos.push_back({name_of(file), file});
  const auto pictures = pictures_of(options, search, photos);
  Json images = Json::array();
  std::size_t read = 0;
  for (const std::string& file : files) {
    Json said = {{"image", file}, {"objects", nullptr}};
    resnet::SeenPhoto photo;
    const std::string error =
        resnet::why_left_out(search.bad_images, [&] { photo = resnet::see_photo(search.detector, file); });
    if (error.empty()) {
      const std::vector<Detection> found = resnet::search_photo(search, photo);
      if (pictures) pictures->add(name_of(file), photo, found);
      said["objects"] = Json::array();
      for (const Detection& each : found) said["objects"].push_back(json_of(each, search.detector.class_names));
      ++read;
    } else {
      said["error"] = error;
    }
    if (!options.is_on("json")) print_image(said);
    images.push_back(said);
  }
  if (read == 0)
    resnet::fail("none of the images could be read; the first: {}", images.at(0).at("error").get<std::string>());
  if (options.is_on("json")) resnet::print_json({{"detector", options.text("detector")}, {"images", images}});
}

/// Writes what is found in all images of a set.
void search_set(const resnet::Options& options, resnet::PhotoSearch& search) {
  const resnet::AnnotatedPhotos photos =
      resnet::read_photos_to_search(options.text("set"), search.detector.class_names);
  const std::filesystem::path into = options.path("write");
  resnet::require_detections_writable(photos.set, into);
  std::vector<resnet::PhotoToDraw> to_draw;
  for (std::size_t i = 0; i < photos.files.size(); ++i) to_draw.push_back({photos.set.images[i], photos.files[i]});
  const auto pictures = pictures_of(options, search, to_draw);
  const auto on_photo = [&](std::size_t place, const resnet::SeenPhoto& photo, const std::vector<Detection>& found) {
    if (pictures) pictures->add(photos.set.images[place], photo, found);
  };
  const auto [found, left_out] = resnet::search_photos(search, photos, on_photo);
  resnet::write_detections(photos.set, found, into);
  if (options.is_on("json")) {
    resnet::print_json({{"images", photos.files.size()},
                        {"left_out", left_out},
                        {"detections", found.size()},
                        {"written", into.string()}});
  } else {
    resnet::print("{} detections in {} of {} images: {}\n", found.size(), photos.files.size() - left_out,
                  photos.files.size(), into.string());
  }
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("detect", "Finds objects in photographs with a detector of train_detector.");
    options.add_words("IMAGE...", 0, 100'000, "a JPEG, PNG, WebP or BMP, or a folder of them; none with --set");
    resnet::add_search_flags(options);
    options.add(
        "set", "",
        "look through a set instead: FOLDER:SPLIT in VOC's layout, or FILE.json:FOLDER in COCO's; what is marked "
        "there is not looked at");
    options.add("write", "", "of a set: the folder (VOC) or file (COCO) of detections, which average_precision reads");
    options.add("draw", "", "folder for the images with what was found drawn into them");
    options.add_switch("json", "print one JSON object");
    if (!options.parse(argc, argv)) return 0;
    const bool is_set = options.given("set");
    resnet::require_usage(is_set == options.words().empty(), "give either images or --set");
    resnet::require_usage(is_set == options.given("write"), "--set and --write go together; give both");

    resnet::PhotoSearch search = resnet::photo_search_from(options);
    is_set ? search_set(options, search) : search_images(options, search);
    return 0;
  });
}

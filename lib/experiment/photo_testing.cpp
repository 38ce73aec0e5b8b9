// SPDX-License-Identifier: MIT
#include "experiment/photo_testing.hpp"

#include <algorithm>

#include "cli/print.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/lines.hpp"
#include "experiment/loaded_data.hpp"
#include "train/recipe.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestList = 16 << 20;

bool has_known_class(const ImageScores& scores) { return scores.labels.ge(0).any().item<bool>(); }

PhotoSet labelled_photos(const fs::path& folder, const std::vector<std::string>& classes) {
  if (fs::is_directory(folder / "val")) return read_photo_set(folder / "val", classes);
  if (fs::exists(folder / "val.txt")) return read_photo_list(folder / "val.txt", classes);
  return read_photo_set(folder, classes);
}

/// As many names as the net has classes: its own, or where it has none, the numbers.
std::vector<std::string> class_names_of(const ReadNet& net) {
  std::vector<std::string> names = net.class_names;
  if (names.empty() && net.spec) {
    for (std::int64_t i = 0; i < net.spec->classes; ++i) names.push_back(std::to_string(i));
  }
  require(!names.empty(), "the net does not say which classes it has; photographs without labels need that");
  return names;
}

std::vector<std::string> server_classes(const Options& options, const ImageScores& scores) {
  if (options.given("submission-classes")) {
    return lines_of(read_file(options.path("submission-classes"), kLargestList));
  }
  tell("the submission numbers the classes in the order of their names; --submission-classes gives the server's\n");
  std::vector<std::string> names = scores.class_names;
  std::ranges::sort(names);
  return names;
}

}  // namespace

void add_photo_test_flags(Options& options) {
  options.add("test", "", "photographs: center, ten-crop, or dense: whole images at five scales [center]");
  options.add("image-size", "", "photographs: height and width of a crop; all sides follow [the run's, or 224]");
  options.add("unlabeled", "", "folder with photographs whose classes nobody knows, instead of --data");
  options.add("loader-threads", "1", "threads that read photographs ahead; changes no number");
  add_bad_images_flag(options);
}

bool is_photo_test(const Options& options, const ReadNet& net) {
  const bool is_net_for_photos = net.spec && net.spec->design != Design::kCifar;
  return is_net_for_photos || std::ranges::any_of(std::initializer_list<const char*>{"test", "image-size", "unlabeled",
                                                                                     "scores", "submission"},
                                                  [&](const char* flag) { return options.given(flag); });
}

PhotoSet test_photos_from(const Options& options, const ReadNet& net) {
  if (options.is_on("synthetic")) return load_photo_index(options).validation;
  require_usage(options.given("data") != options.given("unlabeled"),
                "photographs are tested on those of --data, or on those of --unlabeled; give one of them");
  if (options.given("data")) return labelled_photos(options.path("data"), net.class_names);
  PhotoSet set = read_unlabeled_photos(options.path("unlabeled"));
  set.class_names = class_names_of(net);
  return set;
}

PhotoTest photo_test_from(const Options& options, const ReadNet& net) {
  require(net.input.has_value(),
          "the net takes bytes; photographs are shown to nets that take normalised numbers; export it without "
          "--with-preprocessing");
  PhotoTest test;
  if (options.given("test")) test.view = options.parsed("test", parse_test_view);
  test.testing.sizes = net.photo_sizes.value_or(PhotoSizes());
  if (options.given("image-size")) {
    test.testing.sizes = photo_sizes(options.integer("image-size", kLeastImageSize, kLargestImageSize));
  }
  test.testing.input = *net.input;
  test.testing.bad_images = options.parsed("bad-images", parse_bad_images);
  test.loader_threads = options.integer("loader-threads", 0, 256);
  return test;
}

void add_score_flags(Options& options) {
  options.add("scores", "", "file to write the scores of each image to, for `ensemble`");
  options.add("submission", "", "file to write for ImageNet's test server: the five best classes of an image a line");
  options.add("submission-classes", "", "file with a class name a line, in the server's order [sorted by name]");
}

void write_scores_from(const Options& options, const ImageScores& scores) {
  if (options.given("scores")) save_scores(options.path("scores"), scores);
  if (options.given("submission")) {
    write_atomically(options.path("submission"), submission_of(scores, server_classes(options, scores)));
  }
}

nlohmann::ordered_json scores_json(const ImageScores& scores) {
  nlohmann::ordered_json json = {{"made_by", scores.made_by}, {"images", scores.size()}};
  for (const char* key : {"top1_errors", "top5_errors", "top1_error_percent", "top5_error_percent"})
    json[key] = nullptr;
  if (!has_known_class(scores)) return json;
  const ScoreErrors errors = errors_of(scores);
  json["top1_errors"] = errors.top1_errors;
  json["top5_errors"] = errors.top5_errors;
  json["top1_error_percent"] = errors.top1_percent();
  json["top5_error_percent"] = errors.top5_percent();
  return json;
}

std::string scores_text(const ImageScores& scores) {
  if (!has_known_class(scores)) return fmt::format("{} images, whose classes are not known\n", scores.size());
  const ScoreErrors errors = errors_of(scores);
  return fmt::format("top-1 error {:.2f} % ({} of {} images), top-5 error {:.2f} % ({})\n", errors.top1_percent(),
                     errors.top1_errors, errors.images, errors.top5_percent(), errors.top5_errors);
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "experiment/photo_testing.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "cli/print.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/names.hpp"
#include "experiment/loaded_data.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 8> kPhotoFlags = {"test",       "image-size", "unlabeled",  "loader-threads",
                                                    "bad-images", "scores",     "submission", "submission-classes"};

bool has_known_class(const ImageScores& scores) { return scores.labels.ge(0).any().item<bool>(); }

/// As many names as the net has classes: its own, or where it has none, the numbers.
std::vector<std::string> class_names_of(const ReadNet& net) {
  std::vector<std::string> names = net.class_names;
  if (names.empty() && net.spec) {
    for (std::int64_t i = 0; i < net.spec->classes; ++i) names.push_back(std::to_string(i));
  }
  require(!names.empty(), "the net does not say which classes it has; photographs without labels need that");
  return names;
}

std::vector<std::string> server_classes(const Options& options, std::vector<std::string> class_names) {
  if (options.given("submission-classes")) {
    return read_class_names(options.path("submission-classes"));
  }
  tell("the submission numbers the classes in the order of their names; --submission-classes gives the server's\n");
  std::ranges::sort(class_names);
  return class_names;
}

/// The file that the flag names, if it can be written; nothing without the flag.
fs::path new_file_from(const Options& options, const char* flag) {
  if (!options.given(flag)) return {};
  fs::path file = options.path(flag);
  try {
    require_writable_file(file);
  } catch (const Error& error) {
    fail("--{}: {}", flag, error.what());
  }
  return file;
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
  if (net.photo_sizes) return true;
  const auto* const flag = std::ranges::find_if(kPhotoFlags, [&](const char* name) { return options.given(name); });
  if (flag == kPhotoFlags.end()) return false;
  if (net.spec) {
    options.reject(*flag,
                   fmt::format("is for nets on photographs, and {} is none; leave it out", model_name(*net.spec)));
  }
  return true;
}

PhotoSet test_photos_from(const Options& options, const ReadNet& net) {
  const auto places = std::ranges::count_if(std::initializer_list<const char*>{"data", "unlabeled", "synthetic"},
                                            [&](const char* flag) { return options.given(flag); });
  require_usage(
      places == 1,
      "photographs are those of --data, of --unlabeled, or the made-up ones of --synthetic; give one of them");
  if (options.is_on("synthetic")) return load_photo_index(options).validation;
  if (options.given("data")) return read_photo_part(options.path("data"), "val", net.class_names);
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
  if (options.given("submission") && test.testing.bad_images == BadImages::kSkip) {
    options.reject("submission", "has a line for every image, and --bad-images skip leaves some out; give one of them");
  }
  test.loader_threads = options.integer("loader-threads", 0, 256);
  return test;
}

void add_score_flags(Options& options) {
  options.add("scores", "", "file to write the scores of each image to, for `ensemble`");
  options.add("submission", "", "file to write for ImageNet's test server: the five best classes of an image a line");
  options.add("submission-classes", "", "file with a class name a line, in the server's order [sorted by name]");
}

ScoreFiles score_files_from(const Options& options, const std::vector<std::string>& class_names) {
  ScoreFiles files{.scores = new_file_from(options, "scores"), .submission = new_file_from(options, "submission")};
  if (!files.submission.empty()) {
    files.server_numbers = server_numbers(class_names, server_classes(options, class_names));
  } else if (options.given("submission-classes")) {
    options.reject("submission-classes", "goes together with --submission; give both");
  }
  return files;
}

void write_scores(const ScoreFiles& files, const ImageScores& scores) {
  if (!files.scores.empty()) save_scores(files.scores, scores);
  if (!files.submission.empty()) write_atomically(files.submission, submission_of(scores, files.server_numbers));
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

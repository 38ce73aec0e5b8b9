// SPDX-License-Identifier: MIT
#include "experiment/loaded_data.hpp"

#include "cli/print.hpp"
#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "dataset/split.hpp"
#include "dataset/synthetic.hpp"
#include "experiment/flag_values.hpp"
#include "image/made_up_photos.hpp"
#include "prepare/prepare_cifar10.hpp"
#include "prepare/show_progress.hpp"
#include "train/data_fingerprint.hpp"

namespace resnet {

void add_data_flags(Options& options) {
  options.add(
      "data", "",
      "folder with CIFAR-10's binary files [data/cifar-10-batches-bin, filled first], or for nets on photographs "
      "one with train/CLASS/ and val/CLASS/, or with train.txt and val.txt; only read");
  options.add_switch("synthetic", "made-up data, few and small: shows that it works, not a result");
}

void add_bad_images_flag(Options& options) {
  options.add(
      "bad-images", "stop",
      "a file that cannot be read as an image: stop, or skip and name it; one that is cut short may be read for "
      "views above the cut alone");
}

Cifar10 load_cifar10(const Options& options) {
  refuse_together(options, "synthetic", "data");
  if (options.is_on("synthetic")) return synthetic_cifar10(kSyntheticTrainImages, kSyntheticTestImages, /*seed=*/0);
  if (options.given("data")) return read_cifar10(options.path("data"));
  ProgressLine line;
  prepare_cifar10(default_cifar10_folder(), show_on(line));
  return read_cifar10(default_cifar10_folder());
}

Photos load_photo_index(const Options& options) {
  refuse_together(options, "synthetic", "data");
  if (options.is_on("synthetic")) {
    const auto folder = out_folder(options) / "made-up-photos";
    make_up_photos(folder, {.classes = 10, .train_images = 8, .validation_images = 2, .shorter_side = 48},
                   [](const std::string& why) { tell("waiting: {}\n", why); });
    return read_photos(folder);
  }
  require_usage(options.given("data"),
                "--data is missing: a folder of photographs with train/CLASS/ and val/CLASS/, or with train.txt and "
                "val.txt; or give --synthetic for made-up ones");
  return read_photos(options.path("data"));
}

LoadedData load_data(const Options& options, Design design) {
  if (design == Design::kCifar) return load_cifar10(options);
  return PhotoSource{.photos = load_photo_index(options), .bad_images = options.parsed("bad-images", parse_bad_images)};
}

std::string data_fingerprint(const LoadedData& data) {
  if (const auto* photos = std::get_if<PhotoSource>(&data)) return data_fingerprint(photos->photos);
  const auto& cifar = std::get<Cifar10>(data);
  return data_fingerprint(cifar.train, cifar.test);
}

std::string data_fingerprint(const Recipe& recipe, const LoadedData& data) {
  if (takes_photos(recipe) || recipe.validation_images == 0) return data_fingerprint(data);
  const auto [trained, held_out] = split_train_validation(std::get<Cifar10>(data).train, recipe.validation_images);
  return data_fingerprint(trained, held_out);
}

TrainingData training_data(const Recipe& recipe, const LoadedData& data, std::int64_t loader_threads) {
  if (const auto* photos = std::get_if<PhotoSource>(&data)) return training_data(recipe, *photos, loader_threads);
  return training_data(recipe, std::get<Cifar10>(data));
}

void add_out_flag(Options& options) { options.add("out", "", "folder for runs and results [out]"); }

std::filesystem::path out_folder(const Options& options) {
  return options.given("out") ? options.path("out") : project_root() / "out";
}

}  // namespace resnet

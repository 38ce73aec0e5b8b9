// SPDX-License-Identifier: MIT
// The programs that look at photographs, as a person uses them.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/file.hpp"
#include "image/made_up_photos.hpp"
#include "image/photo_colors.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"
#include "support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

void make_few(const fs::path& folder) {
  resnet::make_up_photos(folder, {.classes = 2, .train_images = 4, .validation_images = 1, .shorter_side = 64});
}

}  // namespace

TEST_CASE("image_statistics measures a folder's training images and stores what a training reads") {
  const TempFolder folder;
  const fs::path data = folder.path() / "photos";
  make_few(data);
  const ProgramResult result = run_program("image_statistics " + quoted(data));
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.standard_output, Catch::Contains("8 of 8 images"));
  const resnet::ColorStatistics statistics = resnet::read_statistics(data / "image_statistics.json");
  CHECK(statistics.images == 8);
  for (const double channel : statistics.mean) CHECK((channel > 0 && channel < 1));
}

TEST_CASE("image_statistics names a file that is no image, and stops or leaves it out") {
  const TempFolder folder;
  const fs::path data = folder.path() / "photos";
  make_few(data);
  resnet::write_atomically(data / "train" / "class000" / "broken.jpg", "no photograph");
  const fs::path out = folder.path() / "colors.json";
  const ProgramResult stopped = run_program("image_statistics " + quoted(data) + " --out " + quoted(out));
  CHECK(stopped.exit_code == 1);
  CHECK_THAT(stopped.standard_error, Catch::Contains("broken.jpg: is no image"));
  CHECK_FALSE(fs::exists(out));
  const ProgramResult skipped =
      run_program("image_statistics " + quoted(data) + " --bad-images skip --out " + quoted(out));
  CHECK(skipped.exit_code == 0);
  CHECK_THAT(skipped.standard_error, Catch::Contains("broken.jpg: is no image"));
  CHECK(resnet::read_statistics(out).images == 8);
}

TEST_CASE("image_statistics refuses to write over a folder before it has measured anything") {
  const TempFolder folder;
  resnet::write_atomically(folder.path() / "photos" / "a" / "broken.jpg", "no photograph");
  const ProgramResult refused =
      run_program("image_statistics " + quoted(folder.path() / "photos") + " --out " + quoted(folder.path()));
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.standard_error, Catch::Contains(folder.path().string() + ": ") && !Catch::Contains("broken.jpg"));
}

TEST_CASE(
    "image_statistics takes the training images where there is no val beside them, and a class named train for one") {
  const TempFolder folder;
  make_few(folder.path() / "few");
  fs::rename(folder.path() / "few" / "val", folder.path() / "few" / "test");
  const ProgramResult half = run_program("image_statistics " + quoted(folder.path() / "few"));
  CHECK_THAT(half.standard_output, Catch::Contains("8 of 8 images"));
  const fs::path data = folder.path() / "classes";
  fs::create_directory(data);
  fs::rename(folder.path() / "few" / "train" / "class000", data / "boat");
  fs::rename(folder.path() / "few" / "train" / "class001", data / "train");
  const ProgramResult result = run_program("image_statistics " + quoted(data));
  INFO(result.standard_error);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.standard_output, Catch::Contains("8 of 8 images"));
}

TEST_CASE("benchmark --loader prints the loader's speed and its share of the bare decoder's") {
  const TempFolder folder;
  make_few(folder.path() / "photos");
  const json speed =
      json::parse(run_program("benchmark --json --seconds 0.1 --loader " + quoted(folder.path() / "photos" / "train"))
                      .standard_output);
  CHECK(speed.at("images") == 8);
  const double loader = speed.at("loader_images_per_second");
  const double bare = speed.at("bare_decoder_images_per_second");
  CHECK(loader > 0);
  CHECK(speed.at("share_of_bare_decoder").get<double>() == Approx(loader / bare));
  const ProgramResult at_once =
      run_program("benchmark --json --seconds 0 --loader " + quoted(folder.path() / "photos" / "train"));
  CHECK(json::parse(at_once.standard_output).at("share_of_bare_decoder").is_number());
}

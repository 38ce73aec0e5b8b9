// SPDX-License-Identifier: MIT
// What the program train asks of the world, and when.
#include "core/file_lock.hpp"
#include "dataset/cifar10.hpp"
#include "paper/recipe.hpp"
#include "record/run_folder.hpp"
#include "support/black_cifar10.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"
#include "support/temp_folder.hpp"
#include "train/training_data.hpp"

namespace fs = std::filesystem;
using resnet::RunFolder;

TEST_CASE("a finished run is shown without its data and while another process holds it") {
  const TempFolder folder;
  const auto recipe = resnet::paper::cifar_recipe(resnet::parse_model_name("resnet8"), /*seed=*/0);
  const RunFolder run{folder.path() / "runs" / resnet::run_id(recipe)};
  resnet::RunResult result;
  result.model = "resnet8";
  result.test_error_percent = 12.34;
  resnet::write_result(run, result);
  const resnet::FileLock held(run.lock());
  const std::string here = folder.path().string();
  const auto shown = run_program("train --model resnet8 --data " + here + "/missing --out " + here);
  INFO(shown.standard_error);
  CHECK(shown.exit_code == 0);
  CHECK_THAT(shown.standard_error, Catch::Contains("12.34 %"));

  // Data that is there has to be the run's.
  const auto refused = run_program("train --model resnet8 --data " + here + " --out " + here);
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.standard_error, Catch::Contains("data_batch_1.bin"));
}

TEST_CASE("a finished run that held images out of training is shown beside the data that it was on") {
  const TempFolder folder;
  const fs::path images = folder.path() / "cifar10";
  fs::create_directory(images);
  make_black_cifar10(images);
  auto recipe = resnet::paper::cifar_recipe(resnet::parse_model_name("resnet8"), /*seed=*/0);
  recipe.validation_images = 5'000;
  const RunFolder run{folder.path() / "runs" / resnet::run_id(recipe)};
  resnet::RunResult result;
  result.model = "resnet8";
  result.test_error_percent = 12.34;
  result.data_fingerprint = resnet::training_data(recipe, resnet::read_cifar10(images)).fingerprint;
  resnet::write_result(run, result);
  const std::string command =
      "train --model resnet8 --validation-images 5000 --data " + quoted(images) + " --out " + quoted(folder.path());
  const auto shown = run_program(command);
  INFO(shown.standard_error);
  CHECK(shown.exit_code == 0);
  CHECK_THAT(shown.standard_error, Catch::Contains("12.34 %"));

  result.data_fingerprint = "0000000000000001-0000000000000002";
  resnet::write_result(run, result);
  const auto refused = run_program(command);
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.standard_error, Catch::Contains("was made with other images"));
}

TEST_CASE("made-up data and a folder of data are not given together") {
  const TempFolder folder;
  const std::string both = "--synthetic --data " + quoted(folder.path()) + " --out " + quoted(folder.path());
  for (const char* command : {"train --model resnet8 ", "train --model resnet18 ", "fig1_plain_degradation "}) {
    CAPTURE(command);
    const auto refused = run_program(command + both);
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.standard_error, Catch::Contains("cannot be given together with --data"));
  }
}

TEST_CASE("a folder that cannot be written to is found out before the data is looked for") {
  const TempFolder folder;
  const std::string here = folder.path().string();
  resnet::write_atomically(folder.path() / "file", "");
  const auto refused = run_program("train --model resnet8 --data " + here + "/missing --out " + here + "/file/out");
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.standard_error, Catch::Contains(here + "/file is a file") && !Catch::Contains("missing"));
}

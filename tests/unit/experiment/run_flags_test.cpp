// SPDX-License-Identifier: MIT
#include "experiment/run_flags.hpp"

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

using Catch::Contains;
using Words = std::vector<std::string>;

Recipe recipe_of(const Words& words) {
  Options options("train", "");
  add_recipe_flags(options);
  add_run_flags(options);
  std::vector<const char*> arguments = {"train"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  options.parse(static_cast<int>(arguments.size()), arguments.data());
  return recipe_from(options);
}

// "usage: ..." or "world: ...", for the text and the blame of what these words throw.
std::string error_of(const Words& words) {
  try {
    recipe_of(words);
  } catch (const Error& error) {
    return (error.fault() == Fault::kUsage ? "usage: " : "world: ") + std::string(error.what());
  }
  return "none";
}

TEST_CASE("a warm-up rate alone ends the warm-up at the paper's 80 %, also below 110 layers (Section 4.2)") {
  CHECK(recipe_of({"--warmup-rate", "0.01"}).warmup_error_percent == 80);
  CHECK(recipe_of({"--warmup-rate", "0.01", "--warmup-error", "60"}).warmup_error_percent == 60);
  CHECK_THAT(error_of({"--warmup-rate", "0.01", "--warmup-error", "0"}), Contains("usage: --warmup-error: "));
  // What decides a run's id stays: no warm-up has no such error, and 110 layers have it in any case.
  CHECK(recipe_of({}).warmup_error_percent == 0);
  CHECK(recipe_of({"--model", "resnet110", "--warmup-rate", "0"}).warmup_error_percent == 80);
}

TEST_CASE("the images left to train on must make a batch") {
  CHECK_NOTHROW(recipe_of({"--validation-images", "5000"}));
  CHECK_NOTHROW(recipe_of({"--validation-images", "49872"}));
  CHECK_THAT(error_of({"--validation-images", "49873"}),
             Contains("usage: --validation-images: of 50000 images 127 are left") && Contains("a batch of 128"));
  CHECK_THAT(error_of({"--validation-images", "50001"}), Contains("usage: --validation-images: '50001'"));
  CHECK_THAT(error_of({"--batch", "50001"}), Contains("usage: --batch: '50001'"));
  CHECK_THAT(error_of({"--synthetic", "--validation-images", "73"}), Contains("of 80 images 7 are left"));
  CHECK_THAT(error_of({"--synthetic", "--batch", "81"}), Contains("usage: --batch: '81'"));
}

TEST_CASE("the padding is at most an image's width") {
  CHECK(recipe_of({"--padding", "32"}).padding == 32);
  CHECK_THAT(error_of({"--padding", "33"}), Contains("usage: --padding: '33'"));
}

TEST_CASE("fewer iterations than the paper's milestones are blamed on --iterations, with the way out") {
  CHECK_THAT(error_of({"--iterations", "100"}), Contains("usage: --iterations: ") && Contains("32000,48000") &&
                                                    Contains("there are 100") && Contains("--milestones") &&
                                                    Contains("none"));
  CHECK_NOTHROW(recipe_of({"--iterations", "100", "--milestones", "none"}));
  CHECK_NOTHROW(recipe_of({"--iterations", "100", "--milestones", "50"}));
  CHECK_THAT(error_of({"--milestones", "70000"}), Contains("usage: --milestones: "));
}

TEST_CASE("what does not fit together is the file's fault if the file has a part in it") {
  const TempFolder folder;
  const std::string file = (folder.path() / "a.ini").string();
  const auto error_with = [&](const std::string& text, Words words = {}) {
    write_atomically(file, text);
    words.insert(words.end(), {"--config", file});
    return error_of(words);
  };
  CHECK_THAT(error_with("iterations = 100\n"), Contains("world: " + file + ": iterations: "));
  CHECK_THAT(error_with("milestones = 5,3\n"), Contains("world: " + file + ": milestones: '5,3' are not rising"));
  CHECK_THAT(error_with("batch = 100\n", {"--bn-batch", "64"}), Contains("world: " + file + ": batch: 64"));
  CHECK_THAT(error_with("model = plain20\nshortcut = B\n"), Contains("world: " + file + ": shortcut: plain20"));
  CHECK_THAT(error_with("validation-images = 49999\n"), Contains("world: " + file + ": validation-images: of 50000"));
  CHECK_THAT(error_with("seed = 3\n", {"--iterations", "100"}), Contains("usage: --iterations: "));
}

/// Sixty photographs in seven classes, which nobody opens.
PhotoSource seven_classes() {
  PhotoSource source;
  source.photos.train.labels.assign(60, 0);
  source.photos.train.files.assign(60, "a.jpg");
  for (int i = 0; i < 7; ++i) source.photos.train.class_names.push_back(std::to_string(i));
  return source;
}

Recipe photo_recipe_of(const Words& words) {
  Options options("train", "");
  add_recipe_flags(options);
  add_run_flags(options);
  std::vector<const char*> arguments = {"train"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  options.parse(static_cast<int>(arguments.size()), arguments.data());
  PhotoSource source = seven_classes();
  source.bad_images = options.parsed("bad-images", parse_bad_images);
  return recipe_from(options, &source);
}

TEST_CASE("a net for photographs has their classes, the paper's shortcuts, and sides in proportion to its crop") {
  const Recipe recipe = photo_recipe_of({"--model", "resnet50", "--image-size", "112", "--batch", "16"});
  CHECK(recipe.model.classes == 7);
  CHECK(recipe.model.shortcut == Shortcut::kProjectionWhereNeeded);
  CHECK(recipe.photos.sizes.least_side == 128);
  CHECK(recipe.micro_batch == 16);  // no more than the batch
  CHECK(photo_recipe_of({"--model", "resnet34", "--batch", "60"}).micro_batch == 32);
  const Recipe own = photo_recipe_of({"--model", "resnet34", "--batch", "8", "--shorter-sides", "224,300",
                                      "--test-side", "230", "--plateau", "5,0.5,2", "--bottleneck-stride", "1x1"});
  CHECK(own.photos.sizes.least_side == 224);
  CHECK(own.photos.sizes.most_side == 300);
  CHECK(own.photos.sizes.test_side == 230);
  CHECK(own.plateau == PlateauRule{5, 0.5, 2});
  CHECK(photo_recipe_of({"--model", "resnet34", "--batch", "8", "--plateau", "none"}).plateau == PlateauRule{});
}

TEST_CASE("a recipe.ini of a net for photographs trains the same run again") {
  const TempFolder folder;
  const std::string file = (folder.path() / "recipe.ini").string();
  const std::string size = GENERATE("64", "4096");
  const Recipe recipe =
      photo_recipe_of({"--model", "resnet50", "--shortcut", "C", "--bottleneck-stride", "3x3", "--batch", "12",
                       "--micro-batch", "5", "--image-size", size, "--color-deviation", "0"});
  write_atomically(file, recipe_ini(recipe));
  CHECK(run_id(photo_recipe_of({"--config", file})) == run_id(recipe));
}

TEST_CASE("colours that were measured are in the recipe as numbers, and need their file no more") {
  const TempFolder folder;
  const std::string colors = (folder.path() / "colors.json").string();
  const std::string ini = (folder.path() / "recipe.ini").string();
  const Words words = {"--model", "resnet18", "--batch", "8"};
  const Recipe published = photo_recipe_of(words);
  CHECK(published.photos.colors == imagenet_colors());
  write_statistics(colors, {.images = 1,
                            .mean = {0.5, 0.4, 0.3},
                            .std = {0.2, 0.2, 0.2},
                            .eigenvalues = {0.1, 0.01, 0.001},
                            .eigenvectors = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
                            .data_fingerprint = {}});
  Words with_colors = words;
  with_colors.insert(with_colors.end(), {"--colors", colors});
  const Recipe measured = photo_recipe_of(with_colors);
  CHECK(measured.photos.colors == parse_photo_colors(colors));
  CHECK(run_id(measured) != run_id(published));
  write_atomically(ini, recipe_ini(measured));
  std::filesystem::remove(colors);
  CHECK(run_id(photo_recipe_of({"--config", ini})) == run_id(measured));
  CHECK_THAT(error_of({"--colors", "imagenet"}), Contains("usage: --colors: is for nets on photographs"));
}

TEST_CASE("a recipe names the weights that it begins with so that they are found from any folder") {
  const Recipe recipe = photo_recipe_of({"--model", "resnet18", "--batch", "8", "--initial-weights", "some/net.pt",
                                         "--initial-weights-hash", "0123456789abcdef"});
  const std::filesystem::path weights = std::filesystem::current_path() / "some/net.pt";
  CHECK(recipe.initial_weights == weights.string());
  CHECK_THAT(recipe_ini(recipe), Contains("initial-weights = " + weights.string() + "\n"));
}

TEST_CASE("the paper's batch is more than a small folder has, and it is the batch that is to be smaller") {
  CHECK_THROWS_WITH(photo_recipe_of({"--model", "resnet18"}),
                    Catch::StartsWith("--batch: 256 is more than the 60 training photographs"));
  CHECK_THROWS_WITH(photo_recipe_of({"--model", "resnet18", "--batch", "61"}),
                    Catch::StartsWith("--batch: 61 is more than the 60 training photographs"));
  CHECK_NOTHROW(photo_recipe_of({"--model", "resnet18", "--batch", "60"}));
}

TEST_CASE("files that are skipped would leave batch norm's groups incomplete: one of the two flags is refused") {
  const Words groups = {"--model", "resnet18", "--batch", "8", "--bn-batch", "4"};
  CHECK_NOTHROW(photo_recipe_of(groups));
  Words both = groups;
  both.insert(both.end(), {"--bad-images", "skip"});
  CHECK_THROWS_WITH(photo_recipe_of(both),
                    Catch::StartsWith("--bn-batch: ") && Contains("--bad-images skip, not both"));
}

TEST_CASE("an unknown device is the fault of the place where it stands") {
  const TempFolder folder;
  const std::string file = (folder.path() / "a.ini").string();
  write_atomically(file, "device = tpu\n");
  const auto error_of_device = [](const Words& words) {
    Options options("train", "");
    add_run_flags(options);
    options.parse(3, std::vector<const char*>{"train", words[0].c_str(), words[1].c_str()}.data());
    try {
      train_options_from(options, "");
    } catch (const Error& error) {
      return (error.fault() == Fault::kUsage ? "usage: " : "world: ") + std::string(error.what());
    }
    return std::string("none");
  };
  CHECK(error_of_device({"--device", "tpu"}) == "usage: --device: 'tpu' is unknown; expected cpu or cuda");
  CHECK(error_of_device({"--config", file}) == "world: " + file + ": device: 'tpu' is unknown; expected cpu or cuda");
}

}  // namespace
}  // namespace resnet

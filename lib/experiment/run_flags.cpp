// SPDX-License-Identifier: MIT
#include "experiment/run_flags.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/shown.hpp"
#include "core/stop_request.hpp"
#include "experiment/flag_values.hpp"
#include "experiment/runtime_flags.hpp"
#include "paper/recipe.hpp"
#include "record/provenance.hpp"
#include "train/initial_weights.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kMostPadding = 32;  // with as much as an image is wide, a crop may see none of it

PlateauRule parse_plateau(const std::string& text) {
  if (text == "none") return {};
  const std::vector<std::string> parts = split_list(text);
  require(parts.size() == 3, "'{}' is no rule, expected tests, points and drops, such as 8,0.2,3, or none", text);
  return {.checks = parse_integer(parts[0], 1, kLargestCount),
          .gain_points = parse_number(parts[1], 0, 100),
          .most_drops = parse_integer(parts[2], 0, 100)};
}

std::pair<std::int64_t, std::int64_t> parse_sides(const std::string& text) {
  const std::vector<std::string> parts = split_list(text);
  require(parts.size() == 2, "'{}' is no range of sides, expected two such as 256,480", text);
  return {parse_integer(parts[0], kLeastImageSize, kLargestSide),
          parse_integer(parts[1], kLeastImageSize, kLargestSide)};
}

/// The images there are to train on: of CIFAR-10 it is known before they are read.
std::int64_t train_images(const Options& options, const PhotoSource* photos) {
  if (photos != nullptr) return photos->photos.train.size();
  return options.is_on("synthetic") ? kSyntheticTrainImages : paper::kTrainImages;
}

constexpr std::array<const char*, 2> kCifarFlags = {"validation-images", "padding"};
constexpr std::array<const char*, 11> kPhotoFlags = {"classes",         "micro-batch",         "plateau",
                                                     "image-size",      "shorter-sides",       "test-side",
                                                     "colors",          "color-deviation",     "statistics-batches",
                                                     "initial-weights", "initial-weights-hash"};

void add_color_flag(Options& options) {
  options.add("colors", "imagenet",
              "mean and axes of the photographs' colours: imagenet, a file of image_statistics, or its twelve numbers "
              "as a recipe.ini has them");
}

/// Refuses what belongs to nets for the other kind of images.
void refuse_other_flags(const Options& options, const ModelSpec& model) {
  const auto refuse = [&](const char* flag, const char* kind) {
    if (options.given(flag)) {
      options.reject(flag, fmt::format("is for nets on {}, and {} is none; leave it out", kind, model_name(model)));
    }
  };
  if (model.design == Design::kCifar) {
    for (const char* flag : kPhotoFlags) refuse(flag, "photographs");
  } else {
    for (const char* flag : kCifarFlags) refuse(flag, "CIFAR-10");
  }
}

std::optional<RecipeFault> cifar_fault_of(const Recipe& recipe, std::int64_t images) {
  const std::int64_t trained = images - recipe.validation_images;
  if (recipe.batch <= trained) return std::nullopt;
  return RecipeFault{
      {"validation-images", "batch"},
      fmt::format("of {} images {} are left to train on, less than a batch of {}", images, trained, recipe.batch)};
}

std::optional<RecipeFault> photo_fault_of(const Recipe& recipe, const PhotoSource& photos) {
  const std::int64_t images = photos.photos.train.size();
  if (recipe.batch > images) {
    return RecipeFault{
        {"batch"},
        fmt::format("{} is more than the {} training photographs; give at most so many", recipe.batch, images)};
  }
  if (recipe.model.bn_batch > 0 && photos.bad_images == BadImages::kSkip) {
    return RecipeFault{{"bn-batch", "bad-images"},
                       "batch norm's groups need all of their images, and skipping leaves some out; give --bn-batch or "
                       "--bad-images skip, not both"};
  }
  return std::nullopt;
}

/// The range of a shorter side, a test's side and a crop are set one by one, once the crop has set them all.
void apply_photo_recipe_flags(const Options& options, Recipe& recipe) {
  apply_photo_flags(options, recipe);
  PhotoSizes& sizes = recipe.photos.sizes;
  if (options.given("classes")) {
    const std::int64_t classes = options.integer("classes", 1, kLargestCount);
    if (classes != recipe.model.classes) {
      options.reject("classes", fmt::format("the data has {}; leave it out", recipe.model.classes));
    }
  }
  if (options.given("shorter-sides")) {
    std::tie(sizes.least_side, sizes.most_side) = options.parsed("shorter-sides", parse_sides);
  }
  if (options.given("test-side")) sizes.test_side = options.integer("test-side", kLeastImageSize, kLargestSide);
  if (options.given("color-deviation")) recipe.photos.color_deviation = options.number("color-deviation", 0, 10);
  if (options.given("plateau")) recipe.plateau = options.parsed("plateau", parse_plateau);
  if (options.given("statistics-batches")) {
    recipe.statistics_batches = options.integer("statistics-batches", 0, kLargestCount);
  }
  if (options.given("initial-weights")) {
    recipe.initial_weights = path_for_ini(options, "initial-weights");
    recipe.initial_weights_hash = options.given("initial-weights-hash") ? options.text("initial-weights-hash")
                                                                        : weights_hash(recipe.initial_weights);
  } else if (options.given("initial-weights-hash")) {
    options.reject("initial-weights-hash", "goes together with --initial-weights; give both");
  }
}

}  // namespace

void add_run_flags(Options& options) {
  options.add("schedule", "1", "factor on every iteration count, e.g. 1/64, 0.25 or 2");
  options.add("precision", "fp32", "arithmetic: fp32, or bf16 with float32 weights");
  add_data_flags(options);
  add_out_flag(options);
  add_runtime_flags(options);
  options.add("loader-threads", "1", "threads that make batches ahead; changes no number");
  options.add_switch("recompute-blocks", "keep less of a step in memory for a third more time; changes no number");
  options.add("log-gradients-every", "",
              "steps, times the schedule, between rows of gradients.csv; 0: none [500; of made-up data 3]");
  options.add("stop-after-seconds", "", "end at a checkpoint after so long; the same command goes on");
  options.add("checkpoint-after-seconds", "45", "time between checkpoints");
  options.add_switch("json", "print one JSON object on standard output, all else on standard error");
  options.add_config();
}

void add_recipe_flags(Options& options) {
  const Recipe paper = paper::cifar_recipe({}, 0);
  const Recipe imagenet = paper::imagenet_recipe({}, 0);
  const Recipe deep = paper::cifar_recipe({.depth = paper::kWarmupDepth}, 0);
  const auto add = [&](const char* flag, const char* help, const auto& default_value) {
    options.add(flag, "", fmt::format("{} [{}]", help, default_value));
  };
  options.add(
      "model", "resnet20",
      "network: plain or resnet and a depth of 6n + 2 (cifar_resnet50 where photographs have that depth too), or "
      "for photographs plain18, plain34, resnet18, resnet34, resnet50, resnet101, resnet152, vgg16, vgg19");
  options.add("shortcut", "",
              "where dimensions grow: A zero padding, B projection there, C projections everywhere "
              "[A; B from 50 layers on, where they are bottlenecks]");
  options.add("shortcut-padding", "end", "where A's zero channels go: end, or symmetric: half of them before");
  options.add("bottleneck-stride", "1x1", "which layer of a bottleneck halves the map: the first 1x1, or the 3x3");
  options.add("seed", "0", "decides initialisation, order and augmentation");
  add("batch", "images per step", fmt::format("{}; photographs {}", paper.batch, imagenet.batch));
  add("bn-batch", "images that batch norm sees together", "0: the whole batch, or micro-batch");
  add("validation-images", "CIFAR-10: train without the last so many images, and report the error on them",
      paper.validation_images);
  add("iterations", "steps before the schedule's factor",
      fmt::format("{}; photographs {}", paper.iterations, imagenet.iterations));
  add("milestones", "divide the rate by 10 after so many steps, or none",
      fmt::format("{}; photographs none", fmt::join(paper.milestones, ",")));
  add("evaluate-every", "steps between test errors",
      fmt::format("{}; photographs {}", paper.evaluate_every, imagenet.evaluate_every));
  add("learning-rate", "rate of the first steps", paper.learning_rate);
  add("momentum", "of v = m v + rate g", paper.momentum);
  add("weight-decay", "on every parameter", paper.weight_decay);
  add("warmup-rate", "rate until the training error is low enough; 0: none",
      fmt::format("{} from {} layers on, on CIFAR-10", deep.warmup_rate, paper::kWarmupDepth));
  add("warmup-error", "that error, in percent", deep.warmup_error_percent);
  add("padding", "CIFAR-10: zero pixels around an image before it is cropped", paper.padding);
  add("classes", "photographs: classes of the net", "those of --data");
  add("micro-batch", "photographs: images that go through the net at once, at most", imagenet.micro_batch);
  add("plateau",
      "photographs, where no milestones are given: divide the rate by 10 after so many tests without a gain "
      "of so many points, at most so often; or none",
      fmt::format("{},{},{}", imagenet.plateau.checks, imagenet.plateau.gain_points, imagenet.plateau.most_drops));
  add("image-size", "photographs: height and width of a crop; all sides follow", imagenet.photos.sizes.crop);
  add("shorter-sides", "photographs: range from which the shorter side is drawn in training",
      fmt::format("{},{}", imagenet.photos.sizes.least_side, imagenet.photos.sizes.most_side));
  add("test-side", "photographs: shorter side of which the centre is tested", imagenet.photos.sizes.test_side);
  add("color-deviation", "photographs: strength of the shift of colours; 0: none", imagenet.photos.color_deviation);
  add("statistics-batches", "photographs: batches over which batch norm's statistics are averaged after training",
      imagenet.statistics_batches);
  options.add("initial-weights", "", "photographs: begin with this net's weights; other classes get a new last layer");
  options.add("initial-weights-hash", "", "what its bytes must have, as a recipe.ini says it");
  add_color_flag(options);
  add_bad_images_flag(options);
}

void add_photo_flags(Options& options) {
  const Recipe paper = paper::imagenet_recipe({}, 0);
  add_color_flag(options);
  options.add("image-size", "",
              fmt::format("height and width of a crop; all sides follow [{}]", paper.photos.sizes.crop));
  options.add("batch", "", fmt::format("images per step [{}]", paper.batch));
  options.add("micro-batch", "",
              fmt::format("images that go through the net at once, at most [{}]", paper.micro_batch));
}

void apply_photo_flags(const Options& options, Recipe& recipe) {
  recipe.photos.colors = options.parsed("colors", parse_photo_colors);
  if (options.given("image-size")) {
    recipe.photos.sizes = photo_sizes(options.integer("image-size", kLeastImageSize, kLargestImageSize));
  }
  if (options.given("batch")) recipe.batch = options.integer("batch", 1, kLargestCount);
  recipe.micro_batch = std::min(recipe.micro_batch, recipe.batch);
  if (options.given("micro-batch")) recipe.micro_batch = options.integer("micro-batch", 1, recipe.batch);
}

void apply_run_flags(const Options& options, Recipe& recipe) {
  recipe.schedule = options.parsed("schedule", Fraction::parse);
  recipe.precision = options.parsed("precision", parse_precision);
  recipe.kernels = options.parsed("kernels", parse_kernels);
}

Recipe base_recipe(const Options& options, const ModelSpec& model, std::uint64_t seed) {
  const bool is_synthetic = options.is_on("synthetic");
  if (model.design == Design::kCifar) {
    return is_synthetic ? paper::synthetic_recipe(model, seed) : paper::cifar_recipe(model, seed);
  }
  return is_synthetic ? paper::synthetic_imagenet_recipe(model, seed) : paper::imagenet_recipe(model, seed);
}

ModelSpec model_from(const Options& options) {
  ModelSpec model = options.parsed("model", parse_model_name);
  if (options.given("shortcut")) model.shortcut = options.parsed("shortcut", parse_shortcut);
  model.shortcut_padding = options.parsed("shortcut-padding", parse_shortcut_padding);
  model.bottleneck_stride = options.parsed("bottleneck-stride", parse_bottleneck_stride);
  return model;
}

Recipe recipe_from(const Options& options, const PhotoSource* photos) {
  ModelSpec model = model_from(options);
  refuse_other_flags(options, model);
  require((photos != nullptr) == (model.design != Design::kCifar), "{}: its recipe needs its kind of images",
          model_name(model));
  if (photos != nullptr) model.classes = photos->classes();
  const auto seed = static_cast<std::uint64_t>(options.integer("seed", 0, kLargestCount));
  Recipe recipe = base_recipe(options, model, seed);
  apply_run_flags(options, recipe);

  const auto set_count = [&](const char* flag, std::int64_t& value, std::int64_t least, std::int64_t most) {
    if (options.given(flag)) value = options.integer(flag, least, most);
  };
  const auto set_number = [&](const char* flag, double& value, double most) {
    if (options.given(flag)) value = options.number(flag, 0, most);
  };
  const std::int64_t images = train_images(options, photos);
  set_count("bn-batch", recipe.model.bn_batch, 0, images);
  set_count("validation-images", recipe.validation_images, 0, images);
  set_count("iterations", recipe.iterations, 1, kLargestCount);
  set_count("evaluate-every", recipe.evaluate_every, 1, kLargestCount);
  set_count("padding", recipe.padding, 0, kMostPadding);
  set_number("learning-rate", recipe.learning_rate, 1e6);
  set_number("momentum", recipe.momentum, 1);
  set_number("weight-decay", recipe.weight_decay, 1);
  set_number("warmup-rate", recipe.warmup_rate, 1e6);
  set_number("warmup-error", recipe.warmup_error_percent, 100);
  if (options.given("milestones")) recipe.milestones = options.parsed("milestones", parse_counts);
  if (photos != nullptr) {
    apply_photo_recipe_flags(options, recipe);
  } else {
    set_count("batch", recipe.batch, 1, images);
  }
  if (recipe.warmup_rate > 0 && recipe.warmup_error_percent == 0 && !options.given("warmup-error")) {
    recipe.warmup_error_percent = paper::cifar_recipe({.depth = paper::kWarmupDepth}, seed).warmup_error_percent;
  }
  refuse(options, fault_of(recipe));
  if (options.is_on("recompute-blocks") && recipe.model.design == Design::kVgg) {
    options.reject("recompute-blocks", model_name(recipe.model) + " has no blocks; leave it out");
  }
  check_against_images(options, recipe, photos);
  return recipe;
}

void check_against_images(const Options& options, const Recipe& recipe, const PhotoSource* photos) {
  refuse(options,
         photos != nullptr ? photo_fault_of(recipe, *photos) : cifar_fault_of(recipe, train_images(options, photos)));
}

TrainOptions train_options_from(const Options& options, const std::string& command) {
  turn_signals_into_requests();
  TrainOptions train;
  train.runtime = runtime_from(options);
  train.loader_threads = options.integer("loader-threads", 0, 256);
  train.recompute_blocks = options.is_on("recompute-blocks");
  if (options.given("log-gradients-every")) {
    train.log_gradients_every = options.integer("log-gradients-every", 0, kLargestCount);
  } else if (options.is_on("synthetic")) {
    train.log_gradients_every = 3;  // such runs have a dozen steps, and gradient_norms needs three rows
  }
  if (options.given("stop-after-seconds")) train.stop_after_seconds = options.number("stop-after-seconds", 0, 1e9);
  train.checkpoint_after_seconds = options.number("checkpoint-after-seconds", 0, 60);
  train.command = command;
  train.commit = source_commit();
  return train;
}

RunFolder run_folder(const Options& options, const Recipe& recipe) {
  return {out_folder(options) / "runs" / run_id(recipe)};
}

TrainOutcome train_with_progress(const Recipe& recipe, const LoadedData& data, const RunFolder& run,
                                 const TrainOptions& options) {
  const std::string name = model_name(recipe.model);
  ProgressLine line;
  TrainOptions shown = options;
  shown.on_event = [&](const std::string& event) { line.say(fmt::format("{}: {}", name, event)); };
  shown.on_evaluation = [&](const EvaluationProgress& p) {
    line.update(fmt::format("{} iteration {}  {}: {} of {} images", name, p.iteration, p.what, p.images, p.of));
  };
  shown.on_step = [&](const TrainProgress& p) {
    const bool is_last = p.iteration == p.iterations;
    if (!line.due() && !is_last) return;
    const std::string text =
        fmt::format("{} iteration {}/{}  rate {:g}  loss {:.4f}  training error {:.2f} %  {:.0f} images/s  {} left",
                    name, p.iteration, p.iterations, p.learning_rate, p.loss_nats, p.training_error_percent,
                    p.images_per_second, human_duration(p.seconds_left));
    is_last ? line.say(text) : line.update(text);
  };
  const bool was_finished = run.is_finished();
  if (!was_finished) {
    line.say(fmt::format("{}: seed {}, schedule {} ({} iterations of {}), {}, {} threads, in {}", name, recipe.seed,
                         recipe.schedule.text(), scheduled_iterations(recipe), recipe.batch,
                         precision_name(recipe.precision), options.runtime.threads, run.path.string()));
  }
  const TrainOutcome outcome = train(recipe, training_data(recipe, data, options.loader_threads), run, shown);
  if (!was_finished) {
    line.say(fmt::format("{}: its training took at most {} MB of memory", name, peak_memory_bytes() / 1'000'000));
  }
  return outcome;
}

}  // namespace resnet

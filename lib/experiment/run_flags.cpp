// SPDX-License-Identifier: MIT
#include "experiment/run_flags.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/stop_request.hpp"
#include "dataset/synthetic.hpp"
#include "experiment/runtime_flags.hpp"
#include "paper/recipe.hpp"
#include "prepare/prepare_cifar10.hpp"
#include "prepare/show_progress.hpp"
#include "record/provenance.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kLargestCount = 1'000'000'000;
constexpr std::int64_t kSyntheticTrainImages = 80;
constexpr std::int64_t kSyntheticTestImages = 20;
constexpr std::int64_t kMostPadding = 32;  // with as much as an image is wide, a crop may see none of it

std::vector<std::int64_t> parse_milestones(const std::string& text) {
  std::vector<std::int64_t> milestones;
  if (text == "none") return milestones;
  for (const std::string& part : split_list(text)) milestones.push_back(parse_integer(part, 1, kLargestCount));
  return milestones;
}

std::int64_t train_images(const Options& options) {
  return options.is_on("synthetic") ? kSyntheticTrainImages : paper::kTrainImages;
}

std::optional<RecipeFault> image_fault_of(const Recipe& recipe, std::int64_t images) {
  const std::int64_t trained = images - recipe.validation_images;
  if (recipe.batch <= trained) return std::nullopt;
  return RecipeFault{
      {"validation-images", "batch"},
      fmt::format("of {} images {} are left to train on, less than a batch of {}", images, trained, recipe.batch)};
}

/// Throws Error: blames the configuration file if a flag of the fault was set there, else the command line.
[[noreturn]] void reject(const Options& options, const RecipeFault& fault) {
  auto flag = std::ranges::find_if(fault.flags, [&](const auto& name) { return options.is_from_file(name); });
  if (flag == fault.flags.end()) {
    flag = std::ranges::find_if(fault.flags, [&](const auto& name) { return options.given(name); });
  }
  options.reject(flag == fault.flags.end() ? fault.flags.front() : *flag, fault.reason);
}

}  // namespace

void add_data_flags(Options& options) {
  options.add("data", "", "folder with CIFAR-10's binary files, only read [data/cifar-10-batches-bin, filled first]");
  options.add_switch("synthetic", "made-up data, few and small: shows that it works, not a result");
}

void add_run_flags(Options& options) {
  options.add("schedule", "1", "factor on every iteration count, e.g. 1/64, 0.25 or 2");
  options.add("precision", "fp32", "arithmetic: fp32, or bf16 with float32 weights");
  add_data_flags(options);
  options.add("out", "", "folder for runs and results [out]");
  add_runtime_flags(options);
  options.add("loader-threads", "1", "threads that make batches ahead; changes no number");
  options.add_switch("recompute-blocks", "keep less of a step in memory for a third more time; changes no number");
  options.add("log-gradients-every", "500", "steps, times the schedule, between rows of gradients.csv; 0: none");
  options.add("stop-after-seconds", "", "end at a checkpoint after so long; the same command goes on");
  options.add("checkpoint-after-seconds", "45", "time between checkpoints");
  options.add_switch("json", "print one JSON object on standard output, all else on standard error");
  options.add_config();
}

void add_recipe_flags(Options& options) {
  const Recipe paper = paper::cifar_recipe({}, 0);
  const Recipe deep = paper::cifar_recipe({.depth = paper::kWarmupDepth}, 0);
  const auto add = [&](const char* flag, const char* help, const auto& default_value) {
    options.add(flag, "", fmt::format("{} [{}]", help, default_value));
  };
  options.add("model", "resnet20", "network: plain or resnet, and a depth of 6n + 2");
  options.add("shortcut", "A", "where dimensions grow: A zero padding, B projection there, C projections everywhere");
  options.add("shortcut-padding", "end", "where A's zero channels go: end, or symmetric: half of them before");
  options.add("seed", "0", "decides initialisation, order and augmentation");
  add("batch", "images per step", paper.batch);
  add("bn-batch", "images that batch norm sees together", "0: the whole batch");
  add("validation-images", "train without the last so many images, and report the error on them",
      paper.validation_images);
  add("iterations", "steps before the schedule's factor", paper.iterations);
  add("milestones", "divide the rate by 10 after so many steps, or none",
      fmt::format("{}", fmt::join(paper.milestones, ",")));
  add("evaluate-every", "steps between test errors", paper.evaluate_every);
  add("learning-rate", "rate of the first steps", paper.learning_rate);
  add("momentum", "of v = m v + rate g", paper.momentum);
  add("weight-decay", "on every parameter", paper.weight_decay);
  add("warmup-rate", "rate until the training error is low enough; 0: none",
      fmt::format("{} from {} layers on", deep.warmup_rate, paper::kWarmupDepth));
  add("warmup-error", "that error, in percent", deep.warmup_error_percent);
  add("padding", "zero pixels around an image before it is cropped", paper.padding);
}

void apply_run_flags(const Options& options, Recipe& recipe) {
  recipe.schedule = options.parsed("schedule", Fraction::parse);
  recipe.precision = options.parsed("precision", parse_precision);
  recipe.kernels = options.parsed("kernels", parse_kernels);
}

Recipe base_recipe(const Options& options, const ModelSpec& model, std::uint64_t seed) {
  return options.is_on("synthetic") ? paper::synthetic_recipe(model, seed) : paper::cifar_recipe(model, seed);
}

Recipe recipe_from(const Options& options) {
  ModelSpec model = options.parsed("model", parse_model_name);
  model.shortcut = options.parsed("shortcut", parse_shortcut);
  model.shortcut_padding = options.parsed("shortcut-padding", parse_shortcut_padding);
  const auto seed = static_cast<std::uint64_t>(options.integer("seed", 0, kLargestCount));
  Recipe recipe = base_recipe(options, model, seed);
  apply_run_flags(options, recipe);

  const auto set_count = [&](const char* flag, std::int64_t& value, std::int64_t least, std::int64_t most) {
    if (options.given(flag)) value = options.integer(flag, least, most);
  };
  const auto set_number = [&](const char* flag, double& value, double most) {
    if (options.given(flag)) value = options.number(flag, 0, most);
  };
  const std::int64_t images = train_images(options);
  set_count("batch", recipe.batch, 1, images);
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
  if (options.given("milestones")) recipe.milestones = options.parsed("milestones", parse_milestones);
  if (recipe.warmup_rate > 0 && recipe.warmup_error_percent == 0 && !options.given("warmup-error")) {
    recipe.warmup_error_percent = paper::cifar_recipe({.depth = paper::kWarmupDepth}, seed).warmup_error_percent;
  }
  if (const auto fault = fault_of(recipe)) reject(options, *fault);
  if (const auto fault = image_fault_of(recipe, images)) reject(options, *fault);
  return recipe;
}

TrainOptions train_options_from(const Options& options, const std::string& command) {
  turn_signals_into_requests();
  TrainOptions train;
  train.runtime = runtime_from(options);
  train.loader_threads = options.integer("loader-threads", 0, 256);
  train.recompute_blocks = options.is_on("recompute-blocks");
  train.log_gradients_every = options.integer("log-gradients-every", 0, kLargestCount);
  if (options.given("stop-after-seconds")) train.stop_after_seconds = options.number("stop-after-seconds", 0, 1e9);
  train.checkpoint_after_seconds = options.number("checkpoint-after-seconds", 0, 60);
  train.command = command;
  train.commit = source_commit();
  return train;
}

Cifar10 load_data(const Options& options) {
  if (options.is_on("synthetic")) return synthetic_cifar10(kSyntheticTrainImages, kSyntheticTestImages, /*seed=*/0);
  if (options.given("data")) return read_cifar10(options.path("data"));
  ProgressLine line;
  prepare_cifar10(default_cifar10_folder(), show_on(line));
  return read_cifar10(default_cifar10_folder());
}

std::filesystem::path out_folder(const Options& options) {
  return options.given("out") ? options.path("out") : project_root() / "out";
}

RunFolder run_folder(const Options& options, const Recipe& recipe) {
  return {out_folder(options) / "runs" / run_id(recipe)};
}

TrainOutcome train_with_progress(const Recipe& recipe, const Cifar10& data, const RunFolder& run,
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
  if (!run.is_finished()) {
    line.say(fmt::format("{}: seed {}, schedule {} ({} iterations of {}), {}, {} threads, in {}", name, recipe.seed,
                         recipe.schedule.text(), scheduled_iterations(recipe), recipe.batch,
                         precision_name(recipe.precision), options.runtime.threads, run.path.string()));
  }
  const TrainOutcome outcome = train(recipe, data, run, shown);
  line.say(fmt::format("{}: this process took at most {} MB of memory", name, peak_memory_bytes() / 1'000'000));
  return outcome;
}

}  // namespace resnet

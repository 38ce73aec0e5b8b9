// SPDX-License-Identifier: MIT
#include "experiment/detector_flags.hpp"

#include <fmt/ranges.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/stop_request.hpp"
#include "exchange/trained_model.hpp"
#include "experiment/flag_values.hpp"
#include "experiment/loaded_data.hpp"
#include "experiment/photo_search.hpp"
#include "experiment/runtime_flags.hpp"
#include "paper/detection.hpp"
#include "record/provenance.hpp"
#include "train/initial_weights.hpp"

namespace resnet {
namespace {

/// The net that the detector is built on, its classes to be set.
ModelSpec body_from(const Options& options) {
  ModelSpec body = options.given("classifier") ? load_trained_model(options.path("classifier")).spec
                                               : options.parsed("model", parse_model_name);
  if (options.given("model") && model_name(options.parsed("model", parse_model_name)) != model_name(body)) {
    options.reject("model", fmt::format("the net of --classifier is {}; leave it out", model_name(body)));
  }
  if (options.given("shortcut") && options.text("shortcut") != shortcut_name(body)) {
    body.shortcut = options.parsed("shortcut", parse_shortcut);  // "none", a plain net's, is none of its names
  }
  if (options.given("shortcut-padding")) {
    body.shortcut_padding = options.parsed("shortcut-padding", parse_shortcut_padding);
  }
  if (options.given("bottleneck-stride")) {
    body.bottleneck_stride = options.parsed("bottleneck-stride", parse_bottleneck_stride);
  }
  return body;
}

void set_classifier(const Options& options, DetectorRecipe& recipe) {
  if (!options.given("classifier")) {
    if (options.given("classifier-hash"))
      options.reject("classifier-hash", "goes together with --classifier; give both");
    return;
  }
  recipe.classifier = path_for_ini(options, "classifier");
  recipe.classifier_hash =
      options.given("classifier-hash") ? options.text("classifier-hash") : weights_hash(recipe.classifier);
}

}  // namespace

AnnotatedPhotos annotated_photos_from(const Options& options, const std::string& flag) {
  require_usage(options.given(flag), "--{} is missing; see --help", flag);
  std::vector<AnnotatedPhotos> sets;
  for (const std::string& part : options.parsed(flag, split_list)) sets.push_back(read_annotated_photos(part));
  return joined(std::move(sets));
}

void add_detector_flags(Options& options) {
  const DetectorRecipe voc = paper::voc_recipe({}, 1, 0);
  const DetectorRecipe coco = paper::coco_recipe({}, 1, 0);
  const auto add = [&](const char* flag, const char* help, const auto& of_voc, const auto& of_coco) {
    options.add(flag, "", fmt::format("{} [voc {}; coco {}]", help, of_voc, of_coco));
  };
  options.add("data", "",
              "sets to train on, between commas: FOLDER:SPLIT in VOC's layout, or FILE.json:FOLDER in COCO's");
  options.add("classifier", "",
              "the trained net to begin with: the folder of a run of train, or of a net that import made");
  options.add("classifier-hash", "", "what its bytes must have, as a recipe.ini says it");
  options.add("recipe", "", "the paper's numbers for: voc or coco [as the form of --data]");
  options.add("model", "resnet101",
              "the net, without --classifier: resnet18 to resnet152, plain18, plain34, vgg16 ...");
  options.add("shortcut", "", "A, B or C [as the paper has it, or the classifier]");
  options.add("shortcut-padding", "", "option A: end or symmetric [end, or the classifier's]");
  options.add("bottleneck-stride", "", "1x1 or 3x3 [1x1, or the classifier's]");
  options.add("classes", "", "classes to find [those of --data]");
  add("anchor-sides", "sides of square anchors, in pixels of what the net sees",
      fmt::format("{}", fmt::join(voc.detector.anchors.sides, ",")),
      fmt::format("{}", fmt::join(coco.detector.anchors.sides, ",")));
  options.add("anchor-ratios", "",
              fmt::format("their heights by widths [{}]", fmt::join(voc.detector.anchors.ratios, ",")));
  options.add("shorter-side", "", fmt::format("images are resized to this shorter side [{}]", voc.sizes.shorter));
  options.add("longest-side", "", fmt::format("but to no longer one than this [{}]", voc.sizes.longest));
  options.add("seed", "0", "decides new layers, order, mirroring, and which boxes are learnt from");
  options.add("precision", "fp32", "arithmetic: fp32, or bf16 with float32 weights");
  options.add("schedule", "1", "factor on every iteration count, e.g. 1/64, 0.25 or 2");
  add("batch", "images per step", voc.batch, coco.batch);
  add("iterations", "steps before the schedule's factor", voc.iterations, coco.iterations);
  add("milestones", "divide the rate by 10 after so many steps, or none",
      fmt::format("{}", fmt::join(voc.milestones, ",")), fmt::format("{}", fmt::join(coco.milestones, ",")));
  options.add("learning-rate", "", fmt::format("rate of the first steps [{}]", voc.learning_rate));
  options.add("momentum", "", fmt::format("of v = m v + rate g [{}]", voc.momentum));
  options.add("weight-decay", "", fmt::format("on every parameter that is trained [{}]", voc.weight_decay));
  add_out_flag(options);
  add_runtime_flags(options);
  options.add("loader-threads", "1", "threads that read images ahead; changes no number");
  options.add("stop-after-seconds", "", "end at a checkpoint after so long; the same command goes on");
  options.add("checkpoint-after-seconds", "300", "time between checkpoints, which may have a gigabyte");
  options.add_config();
}

DetectorRecipe detector_recipe_from(const Options& options, const AnnotatedPhotos& photos) {
  const auto classes = static_cast<std::int64_t>(photos.set.class_names.size());
  require(classes > 0, "{}: none of its images ({}) has an object to learn; is it the right split?", photos.set.source,
          photos.set.images.size());
  if (options.given("classes") && options.integer("classes", 1, kLargestCount) != classes) {
    options.reject("classes", fmt::format("the data has {}; leave it out", classes));
  }
  const std::string of = options.given("recipe") ? options.text("recipe") : has_coco_form(photos.set) ? "coco" : "voc";
  if (of != "voc" && of != "coco") options.reject("recipe", fmt::format("'{}' is unknown, expected voc or coco", of));
  const auto seed = static_cast<std::uint64_t>(options.integer("seed", 0, kLargestCount));
  const ModelSpec body = body_from(options);
  DetectorRecipe recipe =
      of == "voc" ? paper::voc_recipe(body, classes, seed) : paper::coco_recipe(body, classes, seed);
  set_classifier(options, recipe);
  recipe.precision = options.parsed("precision", parse_precision);
  recipe.kernels = options.parsed("kernels", parse_kernels);
  recipe.schedule = options.parsed("schedule", Fraction::parse);
  const auto set_count = [&](const char* flag, std::int64_t& value, std::int64_t most) {
    if (options.given(flag)) value = options.integer(flag, 1, most);
  };
  const auto set_number = [&](const char* flag, double& value, double most) {
    if (options.given(flag)) value = options.number(flag, 0, most);
  };
  set_count("batch", recipe.batch, 4096);
  set_count("iterations", recipe.iterations, kLargestCount);
  set_count("shorter-side", recipe.sizes.shorter, kLargestImageSize);
  set_count("longest-side", recipe.sizes.longest, kLargestImageSize);
  set_number("learning-rate", recipe.learning_rate, 1e6);
  set_number("momentum", recipe.momentum, 1);
  set_number("weight-decay", recipe.weight_decay, 1);
  if (options.given("milestones")) recipe.milestones = options.parsed("milestones", parse_counts);
  if (options.given("anchor-sides")) recipe.detector.anchors.sides = options.parsed("anchor-sides", parse_numbers);
  if (options.given("anchor-ratios")) recipe.detector.anchors.ratios = options.parsed("anchor-ratios", parse_numbers);
  refuse(options, fault_of(recipe));
  return recipe;
}

DetectorTrainOptions detector_train_options_from(const Options& options, const std::string& command) {
  turn_signals_into_requests();
  DetectorTrainOptions train;
  train.runtime = runtime_from(options);
  train.loader_threads = options.integer("loader-threads", 0, 256);
  if (options.given("stop-after-seconds")) train.stop_after_seconds = options.number("stop-after-seconds", 0, 1e9);
  train.checkpoint_after_seconds = options.number("checkpoint-after-seconds", 0, 3600);
  train.command = command;
  train.commit = source_commit();
  return train;
}

RunFolder detector_folder(const Options& options, const DetectorRecipe& recipe, const AnnotatedPhotos& photos) {
  return {out_folder(options) / "detectors" / run_id(recipe, fingerprint(photos))};
}

TrainOutcome train_detector_with_progress(const DetectorRecipe& recipe, const AnnotatedPhotos& photos,
                                          const RunFolder& run, const DetectorTrainOptions& options) {
  const std::string name = model_name(recipe.detector.body);
  ProgressLine line;
  DetectorTrainOptions shown = options;
  shown.on_event = [&](const std::string& event) { line.say(fmt::format("{}: {}", name, event)); };
  shown.on_step = [&](const DetectorProgress& p) {
    const bool is_last = p.iteration == p.iterations;
    if (!line.due() && !is_last) return;
    const std::string text = fmt::format("{} iteration {}/{}  rate {:g}  loss {:.4f}  {} left", name, p.iteration,
                                         p.iterations, p.learning_rate, p.loss, human_duration(p.seconds_left));
    is_last ? line.say(text) : line.update(text);
  };
  if (!is_finished_detector(run)) {
    line.say(
        fmt::format("{}: {} classes in {} images, seed {}, schedule {} ({} iterations of {}), {}, {} threads, in {}",
                    name, recipe.detector.classes(), photos.files.size(), recipe.seed, recipe.schedule.text(),
                    scheduled_iterations(recipe), recipe.batch, precision_name(recipe.precision),
                    options.runtime.threads, run.path.string()));
  }
  return train_detector(recipe, photos, run, shown);
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "train/recipe.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "core/error.hpp"
#include "core/seed.hpp"
#include "model/vgg.hpp"

namespace resnet {

bool takes_photos(const Recipe& recipe) { return recipe.model.design != Design::kCifar; }

std::int64_t scheduled_iterations(const Recipe& recipe) { return recipe.schedule.of(recipe.iterations); }

std::vector<std::int64_t> scheduled_milestones(const Recipe& recipe) {
  std::vector<std::int64_t> milestones;
  for (const std::int64_t milestone : recipe.milestones) milestones.push_back(recipe.schedule.of(milestone));
  return milestones;
}

std::int64_t scheduled_evaluation_interval(const Recipe& recipe) {
  const std::int64_t closest = std::min(kClosestEvaluations, recipe.evaluate_every);
  return std::max(closest, recipe.schedule.of(recipe.evaluate_every));
}

bool is_evaluated_after(const Recipe& recipe, std::int64_t iterations) {
  if (iterations == 0) return false;
  return iterations == scheduled_iterations(recipe) || iterations % scheduled_evaluation_interval(recipe) == 0;
}

namespace {

std::string plateau_text(const PlateauRule& rule) {
  return rule.checks == 0 ? "none" : fmt::format("{},{},{}", rule.checks, rule.gain_points, rule.most_drops);
}

/// "divided by 10 after 500 and 750", "never divided" ...
std::string rate_text(const Recipe& recipe) {
  const auto milestones = scheduled_milestones(recipe);
  if (!milestones.empty()) return fmt::format("divided by 10 after {}", fmt::join(milestones, " and "));
  if (recipe.plateau.checks == 0) return "never divided";
  return fmt::format("divided by 10 after {} tests without a gain of {} points, at most {} times",
                     recipe.plateau.checks, recipe.plateau.gain_points, recipe.plateau.most_drops);
}

/// The faults of what only nets for photographs have.
std::optional<RecipeFault> photo_fault_of(const Recipe& r) {
  const PhotoSizes& sizes = r.photos.sizes;
  if (r.model.design == Design::kVgg && sizes.crop < kVggLeastImageSize) {
    return RecipeFault{{"image-size"},
                       fmt::format("{} is too small for {}: of less than {} pixels its five poolings leave nothing",
                                   sizes.crop, model_name(r.model), kVggLeastImageSize)};
  }
  if (sizes.least_side < sizes.crop || sizes.most_side < sizes.least_side) {
    return RecipeFault{{"shorter-sides", "image-size"},
                       fmt::format("{},{} is no range of shorter sides that have room for a crop of {} pixels",
                                   sizes.least_side, sizes.most_side, sizes.crop)};
  }
  if (sizes.test_side < sizes.crop) {
    return RecipeFault{{"test-side", "image-size"},
                       fmt::format("{} has no room for a crop of {} pixels", sizes.test_side, sizes.crop)};
  }
  if (r.micro_batch > r.batch) {
    return RecipeFault{{"micro-batch", "batch"},
                       fmt::format("{} is more than the whole batch of {}", r.micro_batch, r.batch)};
  }
  if (r.model.design == Design::kVgg && r.statistics_batches > 0) {
    return RecipeFault{{"statistics-batches"}, "VGG's nets have no batch norm whose statistics could be averaged"};
  }
  const std::int64_t most = r.micro_batch == 0 ? r.batch : r.micro_batch;
  const std::int64_t pieces = (r.batch + most - 1) / most;  // as equal as can be: batch/in_pieces.hpp
  if (r.model.bn_batch > 0 && r.batch % (pieces * r.model.bn_batch) != 0) {
    return RecipeFault{{"bn-batch", "micro-batch", "batch"},
                       fmt::format("{} is not a divisor of each of the {} micro-batches of a batch of {}",
                                   r.model.bn_batch, pieces, r.batch)};
  }
  return std::nullopt;
}

}  // namespace

std::string recipe_lines(const Recipe& r) {
  std::string lines;
  const bool photos = takes_photos(r);
  const auto add = [&](const char* key, const auto& value) { lines += fmt::format("{} = {}\n", key, value); };
  add("model", model_name(r.model));
  if (r.model.family == Family::kResidual) add("shortcut", shortcut_name(r.model.shortcut));
  if (r.model.shortcut_padding != ShortcutPadding::kEnd) {
    add("shortcut-padding", shortcut_padding_name(r.model.shortcut_padding));
  }
  if (r.model.bottleneck_stride != BottleneckStride::k1x1) {
    add("bottleneck-stride", bottleneck_stride_name(r.model.bottleneck_stride));
  }
  if (photos) add("classes", r.model.classes);
  if (r.model.bn_batch > 0) add("bn-batch", r.model.bn_batch);
  if (r.data == DataSource::kSynthetic) add("synthetic", "true");
  if (!photos) add("validation-images", r.validation_images);
  add("seed", r.seed);
  add("precision", precision_name(r.precision));
  if (r.kernels == Kernels::kEager) add("kernels", kernels_name(r.kernels));
  add("schedule", r.schedule.text());
  add("batch", r.batch);
  if (photos) add("micro-batch", r.micro_batch);
  add("iterations", r.iterations);
  add("milestones", r.milestones.empty() ? "none" : fmt::format("{}", fmt::join(r.milestones, ",")));
  if (photos) add("plateau", plateau_text(r.plateau));
  add("evaluate-every", r.evaluate_every);
  add("learning-rate", r.learning_rate);
  add("momentum", r.momentum);
  add("weight-decay", r.weight_decay);
  add("warmup-rate", r.warmup_rate);
  add("warmup-error", r.warmup_error_percent);
  if (!photos) {
    add("padding", r.padding);
    return lines;
  }
  add("image-size", r.photos.sizes.crop);
  add("shorter-sides", fmt::format("{},{}", r.photos.sizes.least_side, r.photos.sizes.most_side));
  add("test-side", r.photos.sizes.test_side);
  add("colors", photo_colors_text(r.photos.colors));
  add("color-deviation", r.photos.color_deviation);
  add("statistics-batches", r.statistics_batches);
  if (!r.initial_weights_hash.empty()) add("initial-weights-hash", r.initial_weights_hash);
  return lines;
}

std::string recipe_ini(const Recipe& recipe) {
  const std::string weights =
      recipe.initial_weights.empty() ? "" : fmt::format("initial-weights = {}\n", recipe.initial_weights);
  return fmt::format(
      "# What decides this run's numbers. As a configuration: ./run train --config THIS_FILE\n"
      "# The schedule {} makes of the counts below: {} iterations, rate {}, test error every {}.\n"
      "{}{}",
      recipe.schedule.text(), scheduled_iterations(recipe), rate_text(recipe), scheduled_evaluation_interval(recipe),
      recipe_lines(recipe), weights);
}

std::string run_id(const Recipe& recipe) {
  std::string name = model_name(recipe.model);
  // The option that the paper gives the net goes without saying.
  if (recipe.model.shortcut != parse_model_name(name).shortcut) name += shortcut_name(recipe.model.shortcut);
  if (recipe.data == DataSource::kSynthetic) name.append("-").append(data_name(recipe.data));
  std::string schedule = recipe.schedule.text();
  std::replace(schedule.begin(), schedule.end(), '/', '_');
  const auto hash = static_cast<std::uint32_t>(hash_of(recipe_lines(recipe)) >> 32);
  return fmt::format("{}-{}-seed{}-{:08x}", name, schedule, recipe.seed, hash);
}

std::optional<RecipeFault> milestones_fault(const std::vector<std::int64_t>& milestones, std::int64_t iterations) {
  if (milestones.empty()) return std::nullopt;
  const std::string text = fmt::format("{}", fmt::join(milestones, ","));
  if (std::ranges::adjacent_find(milestones, std::greater_equal<>()) != milestones.end() || milestones.front() < 1) {
    return RecipeFault{{"milestones"}, fmt::format("'{}' are not rising counts of iterations", text)};
  }
  if (milestones.back() > iterations) {
    return RecipeFault{{"milestones", "iterations"},
                       fmt::format("the rate is to be divided after {} iterations, and there are {}; give --milestones "
                                   "of at most so many, or none",
                                   text, iterations)};
  }
  return std::nullopt;
}

std::optional<RecipeFault> fault_of(const Recipe& r) {
  try {
    check_spec(r.model);
  } catch (const Error& error) {
    return RecipeFault{{"shortcut", "shortcut-padding", "bottleneck-stride", "bn-batch", "model"}, error.what()};
  }
  if (r.batch < 1) return RecipeFault{{"batch"}, fmt::format("{} is no number of images", r.batch)};
  if (const auto fault = milestones_fault(r.milestones, r.iterations)) return fault;
  if (!takes_photos(r) && r.model.bn_batch > 0 && r.batch % r.model.bn_batch != 0) {
    return RecipeFault{{"bn-batch", "batch"},
                       fmt::format("{} is not a divisor of the batch, {}", r.model.bn_batch, r.batch)};
  }
  if (takes_photos(r)) {
    if (const auto fault = photo_fault_of(r)) return fault;
  }
  if (r.warmup_rate > 0 && r.warmup_error_percent <= 0) {
    return RecipeFault{{"warmup-error", "warmup-rate"},
                       fmt::format("the warm-up at rate {} ends below an error of {} %, that is never", r.warmup_rate,
                                   r.warmup_error_percent)};
  }
  return std::nullopt;
}

void refuse(const std::optional<RecipeFault>& fault) {
  if (fault) throw Error(fmt::format("--{}: {}", fault->flags.front(), fault->reason), Fault::kUsage);
}

void check_recipe(const Recipe& recipe) { refuse(fault_of(recipe)); }

std::string data_name(DataSource data) {
  switch (data) {
    case DataSource::kCifar10:
      return "cifar10";
    case DataSource::kPhotos:
      return "photos";
    case DataSource::kSynthetic:
      return "synthetic";
  }
  fail("data: {} is no source", static_cast<int>(data));
}

}  // namespace resnet

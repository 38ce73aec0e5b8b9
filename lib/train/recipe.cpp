// SPDX-License-Identifier: MIT
#include "train/recipe.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/seed.hpp"

namespace resnet {

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

std::string recipe_lines(const Recipe& r) {
  std::string lines;
  const auto add = [&](const char* key, const auto& value) { lines += fmt::format("{} = {}\n", key, value); };
  add("model", model_name(r.model));
  if (r.model.family == Family::kResidual) add("shortcut", shortcut_name(r.model.shortcut));
  if (r.model.shortcut_padding != ShortcutPadding::kEnd) {
    add("shortcut-padding", shortcut_padding_name(r.model.shortcut_padding));
  }
  if (r.model.bn_batch > 0) add("bn-batch", r.model.bn_batch);
  if (r.data == DataSource::kSynthetic) add("synthetic", "true");
  add("validation-images", r.validation_images);
  add("seed", r.seed);
  add("precision", precision_name(r.precision));
  if (r.kernels == Kernels::kEager) add("kernels", kernels_name(r.kernels));
  add("schedule", r.schedule.text());
  add("batch", r.batch);
  add("iterations", r.iterations);
  add("milestones", r.milestones.empty() ? "none" : fmt::format("{}", fmt::join(r.milestones, ",")));
  add("evaluate-every", r.evaluate_every);
  add("learning-rate", r.learning_rate);
  add("momentum", r.momentum);
  add("weight-decay", r.weight_decay);
  add("warmup-rate", r.warmup_rate);
  add("warmup-error", r.warmup_error_percent);
  add("padding", r.padding);
  return lines;
}

std::string recipe_ini(const Recipe& recipe) {
  const auto milestones = scheduled_milestones(recipe);
  return fmt::format(
      "# What decides this run's numbers. As a configuration: ./run train --config THIS_FILE\n"
      "# The schedule {} makes of the counts below: {} iterations, rate {}, test error every {}.\n"
      "{}",
      recipe.schedule.text(), scheduled_iterations(recipe),
      milestones.empty() ? "never divided" : fmt::format("divided by 10 after {}", fmt::join(milestones, " and ")),
      scheduled_evaluation_interval(recipe), recipe_lines(recipe));
}

std::string run_id(const Recipe& recipe) {
  std::string name = model_name(recipe.model);
  if (recipe.model.family == Family::kResidual && recipe.model.shortcut != Shortcut::kZeroPadding) {
    name += shortcut_name(recipe.model.shortcut);
  }
  if (recipe.data != DataSource::kCifar10) name += "-" + data_name(recipe.data);
  std::string schedule = recipe.schedule.text();
  std::replace(schedule.begin(), schedule.end(), '/', '_');
  const auto hash = static_cast<std::uint32_t>(hash_of(recipe_lines(recipe)) >> 32);
  return fmt::format("{}-{}-seed{}-{:08x}", name, schedule, recipe.seed, hash);
}

std::optional<RecipeFault> fault_of(const Recipe& r) {
  try {
    check_spec(r.model);
  } catch (const Error& error) {
    return RecipeFault{{"shortcut", "shortcut-padding", "model"}, error.what()};
  }
  const std::string milestones = fmt::format("{}", fmt::join(r.milestones, ","));
  if (!std::is_sorted(r.milestones.begin(), r.milestones.end(), std::less_equal<>()) ||
      (!r.milestones.empty() && r.milestones.front() < 1)) {
    return RecipeFault{{"milestones"}, fmt::format("'{}' are not rising counts of iterations", milestones)};
  }
  if (!r.milestones.empty() && r.milestones.back() > r.iterations) {
    return RecipeFault{{"milestones", "iterations"},
                       fmt::format("the rate is to be divided after {} iterations, and there are {}; give --milestones "
                                   "of at most so many, or none",
                                   milestones, r.iterations)};
  }
  if (r.model.bn_batch > 0 && r.batch % r.model.bn_batch != 0) {
    return RecipeFault{{"bn-batch", "batch"},
                       fmt::format("{} is not a divisor of the batch, {}", r.model.bn_batch, r.batch)};
  }
  if (r.warmup_rate > 0 && r.warmup_error_percent <= 0) {
    return RecipeFault{{"warmup-error", "warmup-rate"},
                       fmt::format("the warm-up at rate {} ends below an error of {} %, that is never", r.warmup_rate,
                                   r.warmup_error_percent)};
  }
  return std::nullopt;
}

void check_recipe(const Recipe& recipe) {
  const auto fault = fault_of(recipe);
  if (fault) throw Error(fmt::format("--{}: {}", fault->flags.front(), fault->reason), Fault::kUsage);
}

std::string data_name(DataSource data) { return data == DataSource::kCifar10 ? "cifar10" : "synthetic"; }

}  // namespace resnet

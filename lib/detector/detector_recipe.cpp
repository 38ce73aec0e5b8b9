// SPDX-License-Identifier: MIT
#include "detector/detector_recipe.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/seed.hpp"
#include "detector/proposals.hpp"

namespace resnet {

std::int64_t scheduled_iterations(const DetectorRecipe& recipe) { return recipe.schedule.of(recipe.iterations); }

double rate_at(const DetectorRecipe& recipe, std::int64_t step) {
  const auto passed =
      std::ranges::count_if(recipe.milestones, [&](std::int64_t after) { return step >= recipe.schedule.of(after); });
  return recipe.learning_rate / std::pow(10.0, static_cast<double>(passed));
}

std::string recipe_lines(const DetectorRecipe& r) {
  std::string lines;
  const auto add = [&](const char* key, const auto& value) { lines += fmt::format("{} = {}\n", key, value); };
  const ModelSpec& body = r.detector.body;
  add("model", model_name(body));
  add("shortcut", shortcut_name(body));
  if (body.shortcut_padding != ShortcutPadding::kEnd) {
    add("shortcut-padding", shortcut_padding_name(body.shortcut_padding));
  }
  if (has_bottlenecks(body)) add("bottleneck-stride", bottleneck_stride_name(body.bottleneck_stride));
  add("classes", r.detector.classes());
  add("anchor-sides", fmt::format("{}", fmt::join(r.detector.anchors.sides, ",")));
  add("anchor-ratios", fmt::format("{}", fmt::join(r.detector.anchors.ratios, ",")));
  add("shorter-side", r.sizes.shorter);
  add("longest-side", r.sizes.longest);
  if (!r.classifier_hash.empty()) add("classifier-hash", r.classifier_hash);
  add("seed", r.seed);
  add("precision", precision_name(r.precision));
  if (r.kernels == Kernels::kEager) add("kernels", kernels_name(r.kernels));
  add("schedule", r.schedule.text());
  add("batch", r.batch);
  add("iterations", r.iterations);
  add("milestones", r.milestones.empty() ? "none" : fmt::format("{}", fmt::join(r.milestones, ",")));
  add("learning-rate", r.learning_rate);
  add("momentum", r.momentum);
  add("weight-decay", r.weight_decay);
  return lines;
}

std::string recipe_ini(const DetectorRecipe& recipe) {
  const std::string classifier = recipe.classifier.empty() ? "" : fmt::format("classifier = {}\n", recipe.classifier);
  return fmt::format(
      "# What decides this run's numbers. As a configuration: ./run train_detector --config THIS_FILE\n"
      "# The schedule {} makes {} iterations of the count below.\n{}{}",
      recipe.schedule.text(), scheduled_iterations(recipe), recipe_lines(recipe), classifier);
}

std::string run_id(const DetectorRecipe& recipe, const std::string& data_fingerprint) {
  std::string schedule = recipe.schedule.text();
  std::ranges::replace(schedule, '/', '_');
  const auto hash = static_cast<std::uint32_t>(hash_of(recipe_lines(recipe) + data_fingerprint) >> 32);
  return fmt::format("{}-{}-seed{}-{:08x}", model_name(recipe.detector.body), schedule, recipe.seed, hash);
}

std::optional<RecipeFault> fault_of(const DetectorRecipe& recipe) {
  std::vector<std::string> flags = {"anchor-sides"};
  try {
    check_anchors({.sides = recipe.detector.anchors.sides, .ratios = {1}});
    flags = {"anchor-ratios"};
    check_anchors(recipe.detector.anchors);
    flags = {"shortcut", "shortcut-padding", "bottleneck-stride", "model", "classifier"};
    check_spec(recipe.detector.body);
    flags = {"model", "classifier"};
    check_detector(recipe.detector);
  } catch (const Error& error) {
    return RecipeFault{flags, error.what()};
  }
  const double least_side = training_proposals().least_side;
  if (std::ranges::all_of(recipe.detector.anchors.sides, [&](double side) { return side < least_side; })) {
    return RecipeFault{{"anchor-sides"},
                       fmt::format("all are below {0} pixels, and so would be most proposals, which are dropped; give "
                                   "one of {0} or more",
                                   least_side)};
  }
  if (const auto fault = milestones_fault(recipe.milestones, recipe.iterations)) return fault;
  if (recipe.sizes.longest < recipe.sizes.shorter) {
    return RecipeFault{{"longest-side", "shorter-side"},
                       fmt::format("the longest side, {}, is less than the shorter side, {}", recipe.sizes.longest,
                                   recipe.sizes.shorter)};
  }
  return std::nullopt;
}

void check_recipe(const DetectorRecipe& recipe) { refuse(fault_of(recipe)); }

}  // namespace resnet

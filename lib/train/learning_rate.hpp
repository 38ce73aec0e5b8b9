// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "train/recipe.hpp"

namespace resnet {

/// The learning rate of the step that follows `step` finished ones.
///
/// `drops` is how often a plateau has divided it (train/plateau.hpp); where a recipe has milestones, these do, and it
/// counts for nothing.
///
/// Paper    Section 4.2: 0.1, divided by 10 at 32k and 48k iterations; 110 layers warm up at 0.01. Section 3.4: 0.1,
///          divided by 10 when the error plateaus.
/// Differs  The paper does not say what the milestones count from after a warm-up: here from 0. A warm-up that lasts
///          past a milestone never raises the rate again.
double rate_at(const Recipe& recipe, std::int64_t step, std::optional<std::int64_t> warmup_end, std::int64_t drops = 0);

/// Whether the warm-up is over after the batches with these errors, in order; once over, it is over for all steps.
///
/// Paper    Section 4.2: "until the training error is below 80% (about 400 iterations)".
/// Differs  The paper does not say how that error is taken: here as the mean over the last kWarmupWindow batches. A
///          shortened schedule does not shorten it.
bool ends_warmup(const Recipe& recipe, std::span<const double> batch_errors_percent);
inline constexpr std::size_t kWarmupWindow = 100;

}  // namespace resnet

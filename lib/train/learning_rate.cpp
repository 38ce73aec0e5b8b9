// SPDX-License-Identifier: MIT
#include "train/learning_rate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace resnet {

double rate_at(const Recipe& recipe, std::int64_t step, std::optional<std::int64_t> warmup_end, std::int64_t drops) {
  const auto milestones = scheduled_milestones(recipe);
  const auto passed = std::upper_bound(milestones.begin(), milestones.end(), step) - milestones.begin();
  const auto divisions = static_cast<double>(milestones.empty() ? drops : passed);
  const double rate = recipe.learning_rate / std::pow(10.0, divisions);
  const bool is_warming_up = recipe.warmup_rate > 0 && !(warmup_end && step >= *warmup_end);
  return is_warming_up ? std::min(recipe.warmup_rate, rate) : rate;
}

bool ends_warmup(const Recipe& recipe, std::span<const double> batch_errors_percent) {
  if (batch_errors_percent.size() < kWarmupWindow) return false;
  const auto last = batch_errors_percent.last(kWarmupWindow);
  return std::accumulate(last.begin(), last.end(), 0.0) / kWarmupWindow < recipe.warmup_error_percent;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "train/plateau.hpp"

#include <optional>

namespace resnet {

std::int64_t plateau_drops(const PlateauRule& rule, std::span<const double> errors_percent) {
  if (rule.checks == 0) return 0;
  std::int64_t drops = 0;
  std::int64_t without_gain = 0;
  std::optional<double> last_gain;
  for (const double error : errors_percent) {
    // Errors are whole numbers of images: two that differ by the gain must not miss it by a rounding.
    constexpr double kRounding = 1e-9;
    if (!last_gain || *last_gain - error >= rule.gain_points - kRounding) {
      last_gain = error;
      without_gain = 0;
    } else if (++without_gain == rule.checks && drops < rule.most_drops) {
      ++drops;
      without_gain = 0;
    }
  }
  return drops;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace resnet {

/// The numbers of one update of train/optimizer.hpp.
struct SgdUpdate {
  float rate;
  float momentum;
  float weight_decay;
};

/// velocity = momentum velocity + rate (gradient + weight_decay weight), then weight -= velocity, in one pass over
/// memory.
void sgd_update(const SgdUpdate& update, const float* gradient, float* velocity, float* weight, std::int64_t count);

}  // namespace resnet

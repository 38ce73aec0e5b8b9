// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "model/classifier.hpp"
#include "train/optimizer.hpp"
#include "train/recipe.hpp"

namespace resnet {

/// What a run needs, beside weights, BN statistics and momentum, to go on as if it had never stopped.
struct TrainState {
  std::int64_t step = 0;                   ///< Iterations done.
  std::optional<std::int64_t> warmup_end;  ///< The iteration from which the warm-up was over.
  bool has_exact_statistics = false;       ///< Whether BN's were taken anew: see batch_statistics.hpp.
};

/// Writes {weights, BN statistics, momentum, state, recipe, the data's fingerprint} as one safetensors file,
/// atomically.
void save_checkpoint(const std::filesystem::path& path, const Classifier& model, const Sgd& optimizer,
                     const TrainState& state, const Recipe& recipe, const std::string& data_fingerprint);

/// Restores what `save_checkpoint` wrote into the net and the optimizer, and returns the state.
///
/// Throws Error, and changes nothing, if the file is broken, or of another recipe, net or data than these.
TrainState load_checkpoint(const std::filesystem::path& path, Classifier& model, Sgd& optimizer, const Recipe& recipe,
                           const std::string& data_fingerprint);

}  // namespace resnet

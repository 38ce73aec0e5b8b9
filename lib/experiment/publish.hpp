// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

namespace resnet {

/// Copies a result, and of each of its runs what a reader needs to check and to redraw it, into `target`.
///
/// The result's own files first (figure, curves, table.md, summary.json), then for each run `runs/<id>/` with
/// recipe.ini, provenance.json, result.json, eval.csv, weights.safetensors, and train.csv thinned to means over equal
/// blocks of iterations, at most kMostTrainRows of them. What the target held under these names is replaced; what it
/// held of runs that are no longer part of the result is removed.
///
/// Throws Error if the result is missing or one of its runs is not finished.
void publish(const std::filesystem::path& result, const std::filesystem::path& runs,
             const std::filesystem::path& target);
inline constexpr std::int64_t kMostTrainRows = 2000;

}  // namespace resnet

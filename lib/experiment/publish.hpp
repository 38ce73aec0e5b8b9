// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "record/run_folder.hpp"

namespace resnet {

/// Copies a result, and of each of its runs what a reader needs to check and to redraw it, into `target`.
///
/// The result's own files (figure, curves, table.md, summary.json), and for each run `runs/<id>/` with recipe.ini,
/// provenance.json, result.json, its CSV files, weights.safetensors unless they are larger than kLargestWeights; and
/// train.csv thinned to means over equal blocks of iterations, at most kMostTrainRows of them. The target is replaced
/// as a whole and at once (core/new_folder.hpp). A computed table (experiment/computed_table.hpp) has no runs: its own
/// files are all. Returns the runs whose weights were left out.
///
/// Throws Error if the result is missing, is one of made-up data, has no finished run, or one of its runs is no longer
/// there; or if it is worth less than what is published: unfinished where that is finished, without one of its nets,
/// with a net at a shorter schedule, or at the same schedule without one of the net's runs. The target then stands
/// unchanged.
std::vector<RunFolder> publish(const std::filesystem::path& result, const std::filesystem::path& runs,
                               const std::filesystem::path& target);
inline constexpr std::size_t kMostTrainRows = 2000;
inline constexpr std::uintmax_t kLargestWeights = 4'000'000;  // bytes: up to 56 layers in float32

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/fraction.hpp"
#include "model/model_spec.hpp"
#include "record/run_folder.hpp"

namespace resnet {

/// A result as `publish` leaves it: its summary, and the runs below it.
struct PublishedResult {
  std::filesystem::path folder;
  nlohmann::ordered_json summary;
  std::vector<RunFolder> runs;

  /// A link to the result from a page in the folder `page`.
  std::string link(const std::filesystem::path& page) const;
};

/// The results in this folder, by name. Folders without a summary are none.
///
/// Throws   Error if the folder is missing or a summary is broken.
std::vector<PublishedResult> published_results(const std::filesystem::path& results);

/// A finished run on CIFAR-10's test images, and what of its numbers is not a number.
struct PublishedRun {
  RunFolder folder;
  RunResult result;
  ModelSpec model;
  Fraction schedule;
  std::string kernels;  ///< "fast" or "eager".
};

/// Those of all results, each once, in the order of their names.
///
/// Throws   Error if one is broken, or if two results have different runs of one name: their numbers would contradict
///          each other.
std::vector<PublishedRun> published_runs(const std::vector<PublishedResult>& results);

}  // namespace resnet

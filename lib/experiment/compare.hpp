// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "record/run_folder.hpp"

namespace resnet {

/// The runs of these names: folders, or names under `runs`.
///
/// Throws Error if one is not a run, and with Fault::kUsage if one is there twice.
std::vector<RunFolder> find_runs(const std::vector<std::string>& names, const std::filesystem::path& runs);

/// Draws the curves of the runs into `folder`, finished or not, and returns {"runs": [{"run", "folder", "precision",
/// "kernels", "evaluated_on", "finished", "iteration", "training_error_percent", "test_error_percent",
/// "test_loss_nats"}]}: the errors at the end, or at the last evaluation so far, or null before one; precision, kernels
/// and "test" or "validation", the images that are evaluated on, as the run's recipe.ini says them, or null where there
/// is none.
///
/// What stood in the folder is replaced. Throws Error if none of the runs has been evaluated yet.
nlohmann::ordered_json compare(const std::vector<RunFolder>& runs, const std::filesystem::path& folder);

/// The same as a table for a person.
std::string comparison_table(const nlohmann::ordered_json& comparison);

}  // namespace resnet

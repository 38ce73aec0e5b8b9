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

/// {"runs": [{"run", "folder", "precision", "kernels", "evaluated_on", "finished", "iteration",
/// "training_error_percent", "test_error_percent", "test_loss_nats"}]} of runs, finished or not: the errors at the end,
/// or at the last evaluation so far, or null before one; precision, kernels and "test" or "validation", the images that
/// are evaluated on, as the run's recipe.ini says them, or null where there is none.
nlohmann::ordered_json compare(const std::vector<RunFolder>& runs);

/// The same as a table for a person.
std::string comparison_table(const nlohmann::ordered_json& comparison);

/// Draws the curves of the compared runs into `folder`, and replaces what stood there.
///
/// Throws Error, and leaves the folder as it is, if none of the runs has been evaluated yet; and as
/// put_in_place_with_figure does.
void draw_comparison(const std::vector<RunFolder>& runs, const nlohmann::ordered_json& comparison,
                     const std::filesystem::path& folder);

}  // namespace resnet

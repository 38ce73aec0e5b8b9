// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "record/run_folder.hpp"
#include "train/recipe.hpp"

namespace resnet {

/// A run that an experiment needs.
struct NeededRun {
  Recipe recipe;
  RunFolder folder;
};

/// Where a run stands: at its last checkpoint or, once it is finished, where its final numbers say, which are all that
/// a published run has. Throws Error if the file is broken.
RunStatus last_status(const RunFolder& run);

/// How far each run is: [{"run", "state", "iteration", "iterations", "seconds_left",
/// "problem"}].
///
/// The state is "finished", "running", "stopped", "not started" or, if the run's status.json is broken, "unknown": then
/// iteration and time left are null, and the problem, null otherwise, is a sentence that names the file. The time left
/// follows from the run's own pace so far or, before it has one, from that of the `known` run with the most work behind
/// it, in proportion to multiply-adds and batch; null if there is none.
nlohmann::ordered_json status_of(const std::vector<NeededRun>& runs, const std::vector<NeededRun>& known);

/// The same as a table for a person.
std::string status_table(const nlohmann::ordered_json& status);

}  // namespace resnet

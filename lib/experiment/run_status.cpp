// SPDX-License-Identifier: MIT
#include "experiment/run_status.hpp"

#include <algorithm>
#include <optional>

#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/file_lock.hpp"
#include "record/markdown_table.hpp"

namespace resnet {
namespace {

using Json = nlohmann::ordered_json;

std::optional<double> own_pace(const NeededRun& run) {
  const auto status = read_status(run.folder);
  if (!status || status->iteration == 0) return std::nullopt;
  return status->seconds / static_cast<double>(status->iteration);
}

/// What a step costs: 6n + 2 layers cost as good as in proportion to their number.
double step_cost(const Recipe& recipe) { return static_cast<double>(recipe.model.depth * recipe.batch); }

std::optional<double> pace_of(const NeededRun& run, const std::vector<NeededRun>& runs) {
  if (const auto own = own_pace(run)) return own;
  for (const NeededRun& other : runs) {
    if (const auto pace = own_pace(other)) return *pace * step_cost(run.recipe) / step_cost(other.recipe);
  }
  return std::nullopt;
}

const char* state_of(const RunFolder& folder, std::int64_t iteration) {
  if (folder.is_finished()) return "finished";
  if (is_locked(folder.lock())) return "running";
  return iteration > 0 ? "stopped" : "not started";
}

}  // namespace

Json status_of(const std::vector<NeededRun>& runs) {
  Json rows = Json::array();
  for (const NeededRun& run : runs) {
    const std::int64_t iterations = scheduled_iterations(run.recipe);
    const std::int64_t iteration = read_status(run.folder).value_or(RunStatus{}).iteration;
    const auto pace = pace_of(run, runs);
    const auto left = static_cast<double>(iterations - iteration);
    rows.push_back({{"run", run.folder.id()},
                    {"state", state_of(run.folder, iteration)},
                    {"iteration", iteration},
                    {"iterations", iterations},
                    {"seconds_left", run.folder.is_finished() ? Json(0.0)
                                     : pace                   ? Json(*pace * left)
                                                              : Json(nullptr)}});
  }
  return rows;
}

std::string status_table(const Json& status) {
  std::vector<std::vector<std::string>> rows;
  double total = 0;
  for (const Json& row : status) {
    const Json& left = row.at("seconds_left");
    if (!left.is_null()) total += left.get<double>();
    rows.push_back({row.at("run").get<std::string>(), row.at("state").get<std::string>(),
                    fmt::format("{}", row.at("iteration").get<std::int64_t>()),
                    fmt::format("{}", row.at("iterations").get<std::int64_t>()),
                    left.is_null() ? "unknown" : human_duration(left.get<double>())});
  }
  return markdown_table({"run", "state", "iterations", "of", "time left"}, rows) +
         fmt::format("\ntime left in all, as far as known: {}\n", human_duration(total));
}

}  // namespace resnet

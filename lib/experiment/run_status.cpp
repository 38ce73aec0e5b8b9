// SPDX-License-Identifier: MIT
#include "experiment/run_status.hpp"

#include <optional>

#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/file_lock.hpp"
#include "model/make_model.hpp"
#include "record/markdown_table.hpp"

namespace resnet {
namespace {

using Json = nlohmann::ordered_json;

/// Where a run stands. A broken file says nothing of it, and nothing against the others.
struct Standing {
  RunStatus status;
  bool is_known = true;
};

Standing standing_of(const RunFolder& run) {
  try {
    return {last_status(run)};
  } catch (const Error&) {
    return {.status = {}, .is_known = false};
  }
}

double multiply_adds_per_step(const Recipe& recipe) {
  const std::int64_t size = takes_photos(recipe) ? recipe.photos.sizes.crop : image_size(Design::kCifar);
  const auto multiply_adds_at = [&](std::int64_t depth) {
    ModelSpec model = recipe.model;
    model.depth = depth;
    return make_unset_model(model)->cost(size, size).multiply_adds();
  };
  if (takes_photos(recipe)) return static_cast<double>(multiply_adds_at(recipe.model.depth) * recipe.batch);
  // Every n of 6n + 2 layers costs the same: two small nets tell the cost of any depth, and those of 1202 layers take
  // long to make.
  const std::int64_t smallest = multiply_adds_at(8);
  const std::int64_t per_n = multiply_adds_at(14) - smallest;
  return static_cast<double>((smallest + per_n * (recipe.model.depth - 8) / 6) * recipe.batch);
}

/// Seconds for a multiply-add, evaluations included: those of the run that says most about how fast this machine is,
/// the one with the most work behind it.
std::optional<double> known_pace(const std::vector<NeededRun>& runs) {
  std::optional<double> pace;
  double most = 0;
  for (const NeededRun& run : runs) {
    const RunStatus status = standing_of(run.folder).status;
    if (status.iteration == 0) continue;
    const double work = static_cast<double>(status.iteration) * multiply_adds_per_step(run.recipe);
    if (work <= most) continue;
    most = work;
    pace = status.seconds / work;
  }
  return pace;
}

const char* state_of(const RunFolder& folder, const Standing& standing) {
  if (folder.is_finished()) return "finished";
  if (is_locked(folder.lock())) return "running";
  if (!standing.is_known) return "unknown";
  return standing.status.iteration > 0 ? "stopped" : "not started";
}

Json time_left(const NeededRun& run, const Standing& standing, const std::optional<double>& known) {
  if (run.folder.is_finished()) return 0.0;
  const RunStatus& status = standing.status;
  if (!standing.is_known || (status.iteration == 0 && !known)) return nullptr;
  const double seconds_a_step = status.iteration > 0 ? status.seconds / static_cast<double>(status.iteration)
                                                     : *known * multiply_adds_per_step(run.recipe);
  return seconds_a_step * static_cast<double>(scheduled_iterations(run.recipe) - status.iteration);
}

Json problem_of(const RunFolder& folder, const Standing& standing) {
  if (standing.is_known) return nullptr;
  if (folder.is_finished()) return fmt::format("{}: cannot be read", folder.result().string());
  return fmt::format("{}: cannot be read; to train the run goes on from its checkpoint all the same",
                     folder.status().string());
}

}  // namespace

RunStatus last_status(const RunFolder& run) {
  if (!run.is_finished()) return read_status(run).value_or(RunStatus{});
  const RunResult result = read_result(run);
  return {result.iterations, result.iterations, result.seconds};
}

Json status_of(const std::vector<NeededRun>& runs, const std::vector<NeededRun>& known) {
  const auto pace = known_pace(known);
  Json rows = Json::array();
  for (const NeededRun& run : runs) {
    const Standing standing = standing_of(run.folder);
    rows.push_back({{"run", run.folder.id()},
                    {"state", state_of(run.folder, standing)},
                    {"iteration", standing.is_known ? Json(standing.status.iteration) : Json(nullptr)},
                    {"iterations", scheduled_iterations(run.recipe)},
                    {"seconds_left", time_left(run, standing, pace)},
                    {"problem", problem_of(run.folder, standing)}});
  }
  return rows;
}

std::string status_table(const Json& status) {
  std::vector<std::vector<std::string>> rows;
  std::string problems;
  std::optional<double> total;
  for (const Json& row : status) {
    const Json& left = row.at("seconds_left");
    const Json& iteration = row.at("iteration");
    if (!row.at("problem").is_null()) problems += row.at("problem").get<std::string>() + "\n";
    if (!left.is_null()) total = total.value_or(0) + left.get<double>();
    rows.push_back({row.at("run").get<std::string>(), row.at("state").get<std::string>(),
                    iteration.is_null() ? "unknown" : fmt::format("{}", iteration.get<std::int64_t>()),
                    fmt::format("{}", row.at("iterations").get<std::int64_t>()),
                    left.is_null() ? "unknown" : human_duration(left.get<double>())});
  }
  return markdown_table({"run", "state", "iterations", "of", "time left"}, rows) +
         fmt::format("\ntime left in all, as far as known: {}\n{}", total ? human_duration(*total) : "unknown",
                     problems);
}

}  // namespace resnet

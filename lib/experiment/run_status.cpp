// SPDX-License-Identifier: MIT
#include "experiment/run_status.hpp"

#include <algorithm>
#include <optional>

#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/file_lock.hpp"
#include "model/make_model.hpp"
#include "record/markdown_table.hpp"

namespace resnet {
namespace {

using Json = nlohmann::ordered_json;

/// Seconds a step, evaluations included.
std::optional<double> own_pace(const NeededRun& run) {
  const auto status = read_status(run.folder);
  if (!status || status->iteration == 0) return std::nullopt;
  return status->seconds / static_cast<double>(status->iteration);
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

/// The run that says most about how fast this machine is.
const NeededRun* longest_run(const std::vector<NeededRun>& runs) {
  const auto iterations = [](const NeededRun& run) { return read_status(run.folder).value_or(RunStatus{}).iteration; };
  const auto longest = std::ranges::max_element(runs, {}, iterations);
  return longest == runs.end() || iterations(*longest) == 0 ? nullptr : &*longest;
}

std::optional<double> pace_of(const NeededRun& run, const std::vector<NeededRun>& known) {
  if (const auto own = own_pace(run)) return own;
  const NeededRun* other = longest_run(known);
  if (other == nullptr) return std::nullopt;
  return *own_pace(*other) * multiply_adds_per_step(run.recipe) / multiply_adds_per_step(other->recipe);
}

const char* state_of(const RunFolder& folder, std::int64_t iteration) {
  if (folder.is_finished()) return "finished";
  if (is_locked(folder.lock())) return "running";
  return iteration > 0 ? "stopped" : "not started";
}

}  // namespace

Json status_of(const std::vector<NeededRun>& runs, const std::vector<NeededRun>& known) {
  Json rows = Json::array();
  for (const NeededRun& run : runs) {
    const std::int64_t iterations = scheduled_iterations(run.recipe);
    const std::int64_t iteration = read_status(run.folder).value_or(RunStatus{}).iteration;
    const auto pace = pace_of(run, known);
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

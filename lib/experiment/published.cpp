// SPDX-License-Identifier: MIT
#include "experiment/published.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"

namespace resnet {

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> found;
  if (!fs::is_directory(folder)) return found;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

PublishedRun read_run(const RunFolder& run, const std::string& kernels) {
  const RunResult result = read_result(run);
  try {
    ModelSpec model = parse_model_name(result.model);
    if (model.family == Family::kResidual) model.shortcut = parse_shortcut(result.shortcut);
    return {run, result, model, Fraction::parse(result.schedule), kernels};
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", run.result().string(), error.what()));
  }
}

}  // namespace

std::string PublishedResult::link(const fs::path& page) const {
  return fmt::format("[{}]({})", folder.filename().string(), fs::relative(folder, page).string());
}

std::vector<PublishedResult> published_results(const fs::path& results) {
  require(fs::is_directory(results), "{}: is no folder; expected the published results there", results.string());
  std::vector<PublishedResult> found;
  for (const fs::path& folder : folders_in(results)) {
    if (!fs::exists(folder / "summary.json")) continue;
    PublishedResult result{folder, read_json(folder / "summary.json"), {}};
    for (const fs::path& run : folders_in(folder / "runs")) result.runs.push_back({run});
    found.push_back(std::move(result));
  }
  return found;
}

std::vector<PublishedRun> published_runs(const std::vector<PublishedResult>& results) {
  std::map<std::string, PublishedRun> runs;
  for (const PublishedResult& result : results) {
    const std::string kernels = field_of<std::string>(result.summary, "kernels").value_or("fast");
    for (const RunFolder& run : result.runs) {
      const PublishedRun read = read_run(run, kernels);
      if (read.result.data != "cifar10" || read.result.evaluated_on != "test") continue;
      const auto [known, is_new] = runs.try_emplace(run.id(), read);
      const RunFolder& other = known->second.folder;
      require(is_new || read_file(run.result()) == read_file(other.result()),
              "{} and {}: are two runs with different numbers; publish both results with the same one",
              other.path.string(), run.path.string());
    }
  }
  std::vector<PublishedRun> sorted;
  for (auto& [id, run] : runs) sorted.push_back(std::move(run));
  return sorted;
}

}  // namespace resnet

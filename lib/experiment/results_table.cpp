// SPDX-License-Identifier: MIT
#include "experiment/results_table.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/fraction.hpp"
#include "experiment/results.hpp"
#include "experiment/run_report.hpp"
#include "paper/cifar.hpp"
#include "record/markdown_table.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBegin = "<!-- results table: ./run results_table writes it -->\n";
constexpr const char* kEnd = "<!-- end of the results table -->\n";

struct PublishedRun {
  RunFolder folder;
  RunResult result;
};

/// Several results may hold the same run: it is found once, in the first of them.
std::map<std::string, PublishedRun> published_runs(const fs::path& results) {
  std::set<fs::path> folders;
  for (const auto& result : fs::directory_iterator(results)) {
    if (!fs::exists(result.path() / "summary.json") || !fs::exists(result.path() / "runs")) continue;
    for (const auto& run : fs::directory_iterator(result.path() / "runs")) folders.insert(run.path());
  }
  std::map<std::string, PublishedRun> runs;
  for (const fs::path& path : folders) {
    const RunFolder folder{path};
    runs.try_emplace(folder.id(), PublishedRun{folder, read_result(folder)});
  }
  return runs;
}

/// Plain nets first, then by depth.
using Net = std::tuple<Family, std::int64_t, Shortcut>;

Net net_of(const RunResult& run) {
  const ModelSpec model = parse_model_name(run.model);
  return {model.family, model.depth, model.family == Family::kPlain ? model.shortcut : parse_shortcut(run.shortcut)};
}

double length_of(const PublishedRun& run) { return Fraction::parse(run.result.schedule).value(); }

/// The runs of each net's longest schedule, by precision.
std::map<std::pair<Net, std::string>, std::vector<PublishedRun>> rows_of(
    const std::map<std::string, PublishedRun>& runs) {
  std::map<Net, double> longest;
  for (const auto& [id, run] : runs) {
    double& length = longest[net_of(run.result)];
    length = std::max(length, length_of(run));
  }
  std::map<std::pair<Net, std::string>, std::vector<PublishedRun>> rows;
  for (const auto& [id, run] : runs) {
    const Net net = net_of(run.result);
    if (length_of(run) == longest[net]) rows[{net, run.result.precision}].push_back(run);
  }
  return rows;
}

std::string net_name(const RunResult& run) {
  const ModelSpec model = parse_model_name(run.model);
  const bool is_papers = model.family == Family::kPlain || run.shortcut == shortcut_name(model.shortcut);
  return paper_name(model) + (is_papers ? "" : " " + run.shortcut);
}

std::string spread(const Statistics& error) {
  if (error.count == 1) return fmt::format("{:.2f}", error.mean);
  return fmt::format("{:.2f} ± {:.2f}", error.mean, error.deviation);
}

/// The paper's mean where it gives one: it is what the mean of ours is compared with.
std::optional<paper::ReportedError> papers_error(const RunResult& run) {
  const ModelSpec model = parse_model_name(run.model);
  const paper::ReportedNet* row = paper::table6_row(model.depth);
  if (model.family == Family::kPlain || row == nullptr || run.shortcut != shortcut_name(model.shortcut)) return {};
  return row->error;
}

std::string papers_text(const std::optional<paper::ReportedError>& error) {
  if (!error) return "-";
  if (!error->mean_percent) return fmt::format("{:.2f}", error->percent);
  return fmt::format("{:.2f} ± {:.2f}", *error->mean_percent, *error->deviation_percent);
}

std::vector<std::string> row_of(const std::vector<PublishedRun>& runs, const fs::path& page) {
  std::vector<double> test_errors;
  std::vector<double> training_errors;
  std::vector<std::uint64_t> seeds;
  std::set<std::string> hardware;
  double seconds = 0;
  for (const auto& [folder, result] : runs) {
    test_errors.push_back(result.test_error_percent);
    training_errors.push_back(result.training_error_percent);
    seeds.push_back(result.seed);
    hardware.merge(hardware_of(folder));
    seconds += result.seconds / static_cast<double>(runs.size());
  }
  const RunResult& first = runs.front().result;
  const Statistics test_error = statistics_of(test_errors);
  const auto paper = papers_error(first);
  const fs::path result = runs.front().folder.path.parent_path().parent_path();
  return {net_name(first),
          papers_text(paper),
          spread(test_error),
          paper ? fmt::format("{:+.2f}", test_error.mean - paper->mean_percent.value_or(paper->percent)) : "-",
          spread(statistics_of(training_errors)),
          first.schedule,
          first.precision,
          fmt::format("{}", fmt::join(seeds, ", ")),
          human_duration(seconds),
          fmt::format("{}", fmt::join(hardware, "; ")),
          fmt::format("[{}]({})", result.filename().string(), fs::relative(result, page).string())};
}

}  // namespace

std::string results_table(const fs::path& results, const fs::path& page) {
  auto runs = published_runs(results);
  std::erase_if(runs, [](const auto& run) { return run.second.result.data != "cifar10"; });
  std::vector<std::vector<std::string>> rows;
  for (const auto& [net, row] : rows_of(runs)) rows.push_back(row_of(row, page));
  return markdown_table({"net", "paper's test error, %", "ours, %", "deviation", "training error, %", "schedule",
                         "precision", "seeds", "time", "hardware", "result"},
                        rows);
}

void write_results_table(const fs::path& results, const fs::path& file) {
  const std::string text = read_file(file);
  const auto begin = text.find(kBegin);
  const auto end = text.find(kEnd);
  require(begin != std::string::npos && end != std::string::npos && begin < end,
          "{}: has no place for the table; expected the lines\n{}{}", file.string(), kBegin, kEnd);
  const std::string table = results_table(results, fs::absolute(file).parent_path());
  write_atomically(file, text.substr(0, begin) + kBegin + table + text.substr(end));
}

}  // namespace resnet

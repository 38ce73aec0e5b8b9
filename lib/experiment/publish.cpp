// SPDX-License-Identifier: MIT
#include "experiment/publish.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/fraction.hpp"
#include "core/json.hpp"
#include "core/new_folder.hpp"
#include "record/csv_table.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

void copy_whole(const fs::path& from, const fs::path& to) { write_atomically(to, read_file(from)); }

/// Means over blocks of rows; the first column, the iteration, is that of the block's last row.
CsvTable thinned(const CsvTable& table, std::size_t most_rows) {
  const std::size_t block = (table.rows() + most_rows - 1) / most_rows;
  if (block <= 1) return table;
  CsvTable thin{table.names, std::vector<std::vector<double>>(table.columns.size()), table.source};
  for (std::size_t start = 0; start < table.rows(); start += block) {
    const std::size_t end = std::min(start + block, table.rows());
    thin.columns[0].push_back(table.columns[0][end - 1]);
    for (std::size_t c = 1; c < table.columns.size(); ++c) {
      double sum = 0;
      for (std::size_t row = start; row < end; ++row) sum += table.columns[c][row];
      thin.columns[c].push_back(sum / static_cast<double>(end - start));
    }
  }
  return thin;
}

/// Whether there were weights, and small enough to be published too. Those that stand published stay: a run that was
/// copied from there may be without its own.
bool publish_run(const RunFolder& run, const RunFolder& target, const RunFolder& standing) {
  require(fs::exists(run.train_csv()),
          "{}: has no train.csv, as a run that was copied from a result without training logs; remove the folder to "
          "train it anew",
          run.path.string());
  copy_whole(run.recipe(), target.recipe());
  copy_whole(run.provenance(), target.provenance());
  copy_whole(run.result(), target.result());
  for (const auto& entry : fs::directory_iterator(run.path)) {
    const fs::path& file = entry.path();
    if (file.extension() == ".csv" && file != run.train_csv()) copy_whole(file, target.path / file.filename());
  }
  write_csv(target.train_csv(), thinned(read_csv(run.train_csv()), kMostTrainRows));
  const bool is_standing = fs::exists(standing.weights()) && read_file(standing.result()) == read_file(run.result());
  const fs::path weights = !fs::exists(run.weights()) && is_standing ? standing.weights() : run.weights();
  if (!fs::exists(weights) || fs::file_size(weights) > kLargestWeights) return false;
  copy_whole(weights, target.weights());
  return true;
}

/// Throws Error if the report is of an earlier run of this name, that was trained in another time.
void require_told_of(const nlohmann::ordered_json& summary, const RunFolder& run) {
  const double seconds = read_result(run).seconds;
  const auto details = summary.find("run_details");
  const bool is_list = details != summary.end() && details->is_array();
  const bool is_told_of =
      is_list && std::ranges::any_of(*details, [&](const auto& told) {
        return field_of<std::string>(told, "run") == run.id() && field_of<double>(told, "seconds") == seconds;
      });
  require(is_told_of, "{}: the report is not of this run, but of one before it; run the experiment again",
          run.path.string());
}

std::vector<RunFolder> runs_of(const fs::path& result, const fs::path& runs) {
  const fs::path path = result / "summary.json";
  require(fs::exists(path), "{}: there is no such result; run the experiment first", result.string());
  const auto summary = read_json(path);
  require(!field_of<bool>(summary, "synthetic").value_or(false),
          "{}: is a result of made-up data, which is not worth publishing; run the experiment without --synthetic",
          result.string());
  std::vector<RunFolder> folders;
  const auto names = summary.find("runs");
  require(names == summary.end() || names->is_array(), "{}: its runs are not a list", path.string());
  for (const auto& text : names == summary.end() ? nlohmann::ordered_json::array() : *names) {
    require(text.is_string(), "{}: a run's name is not text", path.string());
    const fs::path name = text.get<std::string>();
    require(name == name.filename() && name != ".." && name != ".", "{}: '{}' is not the name of a run", path.string(),
            name.string());
    folders.push_back({runs / name});
    require(folders.back().is_finished(), "{}: this run is not there or not finished; run the experiment again",
            folders.back().path.string());
    require_told_of(summary, folders.back());
  }
  // A table that is computed has no runs, and says so.
  require(!folders.empty() || field_of<bool>(summary, "computed").value_or(false),
          "{}: has no finished runs; there is nothing to publish", path.string());
  return folders;
}

/// What a result has of a net: its runs of the longest schedule.
struct HeldNet {
  Fraction schedule;
  std::map<std::string, std::string> runs;  ///< Their names, with the fingerprints of their images.
};

/// By the net's name, with its shortcut option where that is part of a run's name.
std::map<std::string, HeldNet> nets_of(const std::vector<RunFolder>& runs) {
  std::map<std::string, HeldNet> nets;
  for (const RunFolder& run : runs) {
    const RunResult result = read_result(run);
    const Fraction schedule = Fraction::parse(result.schedule);
    HeldNet& net = nets[run.id().substr(0, run.id().find('-'))];
    if (net.runs.empty() || schedule.value() > net.schedule.value()) net = {schedule, {}};
    if (schedule.value() == net.schedule.value()) net.runs.emplace(run.id(), result.data_fingerprint);
  }
  return nets;
}

bool is_unfinished(const fs::path& result) {
  return fs::exists(result / "summary.json") && field_of<bool>(read_json(result / "summary.json"), "finished") == false;
}

/// What stands published may be the work of weeks: each of its nets is in the new result too, with the same runs among
/// its own, or longer ones; and what was measured of all of them is not replaced by what was measured of some.
void require_no_loss(const fs::path& result, const std::vector<RunFolder>& runs, const fs::path& target) {
  require(!is_unfinished(result) || is_unfinished(target) || !fs::exists(target),
          "{}: is not finished, and what is published in {} is; run the experiment again, or remove that folder",
          result.string(), target.string());
  std::vector<RunFolder> published;
  if (fs::exists(target / "runs")) {
    for (const auto& run : fs::directory_iterator(target / "runs")) published.push_back({run.path()});
  }
  const auto ours = nets_of(runs);
  for (const auto& [name, theirs] : nets_of(published)) {
    const auto net = ours.find(name);
    const std::string cure =
        "copy that folder's runs into the --out of this result and run the experiment again, or remove the folder";
    require(net != ours.end(), "{}: has no {}, which is published in {}; {}", result.string(), name, target.string(),
            cure);
    require(net->second.schedule.value() >= theirs.schedule.value(),
            "{}: has {} at schedule {}, which is published in {} at {}; {}", result.string(), name,
            net->second.schedule.text(), target.string(), theirs.schedule.text(), cure);
    if (net->second.schedule.value() > theirs.schedule.value()) continue;
    for (const auto& [run, fingerprint] : theirs.runs) {
      const auto ours_too = net->second.runs.find(run);
      require(ours_too != net->second.runs.end(), "{}: has no run {}, which is published in {}; {}", result.string(),
              run, target.string(), cure);
      require(ours_too->second == fingerprint,
              "{}: its {} is of other images (fingerprint {}) than that which is published in {} ({}); move one of the "
              "two folders away",
              result.string(), run, ours_too->second, target.string(), fingerprint);
    }
  }
}

}  // namespace

std::vector<RunFolder> publish(const fs::path& result, const fs::path& runs, const fs::path& target) {
  const auto folders = runs_of(result, runs);
  NewFolder published(target);  // before the look at what stands there: it may have to put that right
  require_no_loss(result, folders, target);
  for (const auto& entry : fs::directory_iterator(result)) {
    if (entry.is_regular_file() && entry.path().extension() != ".part") {
      copy_whole(entry.path(), published.path() / entry.path().filename());
    }
  }
  std::vector<RunFolder> without_weights;
  for (const RunFolder& run : folders) {
    const fs::path name = fs::path("runs") / run.id();
    if (!publish_run(run, {published.path() / name}, {target / name})) without_weights.push_back(run);
  }
  published.put_in_place();
  return without_weights;
}

}  // namespace resnet

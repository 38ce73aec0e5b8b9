// SPDX-License-Identifier: MIT
#include "experiment/publish.hpp"

#include <algorithm>
#include <set>
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

/// Whether the weights were small enough to be published too.
bool publish_run(const RunFolder& run, const RunFolder& target) {
  copy_whole(run.recipe(), target.recipe());
  copy_whole(run.provenance(), target.provenance());
  copy_whole(run.result(), target.result());
  for (const auto& entry : fs::directory_iterator(run.path)) {
    const fs::path& file = entry.path();
    if (file.extension() == ".csv" && file != run.train_csv()) copy_whole(file, target.path / file.filename());
  }
  write_csv(target.train_csv(), thinned(read_csv(run.train_csv()), kMostTrainRows));
  // A published run that was copied to here may be without weights.
  if (!fs::exists(run.weights()) || fs::file_size(run.weights()) > kLargestWeights) return false;
  copy_whole(run.weights(), target.weights());
  return true;
}

/// The names of the runs that a summary tells. Throws Error, with the file's name, where they are none.
std::vector<std::string> run_names_in(const fs::path& path, const nlohmann::ordered_json& summary) {
  std::vector<std::string> names;
  if (!summary.contains("runs")) return names;
  require(summary.at("runs").is_array(), "{}: its runs are not a list", path.string());
  for (const auto& name : summary.at("runs")) {
    require(name.is_string(), "{}: a run's name is not text", path.string());
    names.push_back(name.get<std::string>());
  }
  return names;
}

std::vector<RunFolder> runs_of(const fs::path& result, const fs::path& runs) {
  const fs::path path = result / "summary.json";
  require(fs::exists(path), "{}: there is no such result; run the experiment first", result.string());
  const auto summary = read_json(path);
  require(!field_of<bool>(summary, "synthetic").value_or(false),
          "{}: is a result of made-up data, which is not worth publishing; run the experiment without --synthetic",
          result.string());
  std::vector<RunFolder> folders;
  for (const std::string& text : run_names_in(path, summary)) {
    const fs::path name = text;
    require(name == name.filename() && name != ".." && name != ".", "{}: '{}' is not the name of a run", path.string(),
            name.string());
    folders.push_back({runs / name});
    require(folders.back().is_finished(), "{}: this run is not there or not finished; run the experiment again",
            folders.back().path.string());
  }
  // A table that is computed has no runs, and says so.
  require(!folders.empty() || field_of<bool>(summary, "computed").value_or(false),
          "{}: has no finished runs; there is nothing to publish", path.string());
  return folders;
}

/// "resnet110 seed0" of "resnet110-1_4-seed0-c72ee039": what stays where a longer run takes the place of another.
std::string net_and_seed(const std::string& id) {
  const std::string net = id.substr(0, id.find('-'));
  const auto seed = id.find("-seed");
  return seed == std::string::npos ? id : net + " " + id.substr(seed + 1, id.find('-', seed + 1) - seed - 1);
}

std::set<std::string> nets_and_seeds_in(const fs::path& path, const nlohmann::ordered_json& summary) {
  std::set<std::string> found;
  for (const std::string& name : run_names_in(path, summary)) found.insert(net_and_seed(name));
  return found;
}

/// What stands published may be the work of weeks: one of a shorter schedule does not replace it, nor one of the same
/// schedule that lacks some of its nets and seeds.
void require_no_loss(const fs::path& result, const fs::path& target) {
  if (!fs::exists(target / "summary.json")) return;
  const auto ours = read_json(result / "summary.json");
  const auto theirs = read_json(target / "summary.json");
  const auto schedule_of = [](const auto& summary) {
    return Fraction::parse(field_of<std::string>(summary, "schedule").value_or("1"));
  };
  require(schedule_of(ours).value() >= schedule_of(theirs).value(),
          "{}: is at schedule {}, and what is published in {} at {}; remove that folder to publish the shorter one",
          result.string(), schedule_of(ours).text(), target.string(), schedule_of(theirs).text());
  if (schedule_of(ours).value() > schedule_of(theirs).value()) return;
  const auto our_runs = nets_and_seeds_in(result / "summary.json", ours);
  for (const std::string& run : nets_and_seeds_in(target / "summary.json", theirs)) {
    require(
        our_runs.contains(run),
        "{}: has no {}, which is published in {}; copy that folder's runs into the --out of this result and run the "
        "experiment again, or remove the folder",
        result.string(), run, target.string());
  }
}

}  // namespace

std::vector<RunFolder> publish(const fs::path& result, const fs::path& runs, const fs::path& target) {
  const auto folders = runs_of(result, runs);
  require_no_loss(result, target);
  NewFolder published(target);
  for (const auto& entry : fs::directory_iterator(result)) {
    if (entry.is_regular_file() && entry.path().extension() != ".part") {
      copy_whole(entry.path(), published.path() / entry.path().filename());
    }
  }
  std::vector<RunFolder> without_weights;
  for (const RunFolder& run : folders) {
    if (!publish_run(run, {published.path() / "runs" / run.id()})) without_weights.push_back(run);
  }
  published.put_in_place();
  return without_weights;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "experiment/publish.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/fraction.hpp"
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
  copy_whole(run.eval_csv(), target.eval_csv());
  if (fs::exists(run.gradients_csv())) copy_whole(run.gradients_csv(), target.gradients_csv());
  write_csv(target.train_csv(), thinned(read_csv(run.train_csv()), kMostTrainRows));
  if (fs::file_size(run.weights()) > kLargestWeights) return false;
  copy_whole(run.weights(), target.weights());
  return true;
}

std::vector<RunFolder> runs_of(const fs::path& result, const fs::path& runs) {
  const fs::path path = result / "summary.json";
  require(fs::exists(path), "{}: there is no such result; run the experiment first", result.string());
  const auto summary = read_json(path);
  require(!summary.value("synthetic", false),
          "{}: is a result of made-up data, which is not worth publishing; run the experiment without --synthetic",
          result.string());
  std::vector<RunFolder> folders;
  for (const auto& id : summary.value("runs", nlohmann::ordered_json::array())) {
    require(id.is_string(), "{}: a run's name is not text", path.string());
    const fs::path name = id.get<std::string>();
    require(name == name.filename() && name != ".." && name != ".", "{}: '{}' is not the name of a run", path.string(),
            name.string());
    folders.push_back({runs / name});
    require(folders.back().is_finished(), "{}: this run is not there or not finished; run the experiment again",
            folders.back().path.string());
  }
  // A table that is computed has no runs, and says so.
  require(!folders.empty() || summary.value("computed", false), "{}: has no finished runs; there is nothing to publish",
          path.string());
  return folders;
}

/// What stands published may be a run of weeks: a shorter one does not replace it.
void require_not_shorter(const fs::path& result, const fs::path& target) {
  if (!fs::exists(target / "summary.json")) return;
  const auto schedule_of = [](const fs::path& folder) {
    return Fraction::parse(read_json(folder / "summary.json").value("schedule", "1"));
  };
  const Fraction ours = schedule_of(result);
  const Fraction theirs = schedule_of(target);
  require(ours.value() >= theirs.value(),
          "{}: is at schedule {}, and what is published in {} at {}; remove that folder to publish the shorter one",
          result.string(), ours.text(), target.string(), theirs.text());
}

}  // namespace

std::vector<RunFolder> publish(const fs::path& result, const fs::path& runs, const fs::path& target) {
  const auto folders = runs_of(result, runs);
  require_not_shorter(result, target);
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

// SPDX-License-Identifier: MIT
#include "experiment/compare.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/new_folder.hpp"
#include "experiment/error_chart.hpp"
#include "record/csv_table.hpp"
#include "record/markdown_table.hpp"

namespace resnet {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

Json last_or_null(const CsvTable& table, const char* column) {
  return table.rows() == 0 ? Json(nullptr) : Json(table.column(column).back());
}

std::string text_of(const Json& value) {
  if (value.is_null()) return "-";
  return value.is_number_float() ? fmt::format("{:.2f}", value.get<double>()) : value.dump();
}

}  // namespace

std::vector<RunFolder> find_runs(const std::vector<std::string>& names, const fs::path& runs) {
  std::vector<RunFolder> found;
  for (const std::string& name : names) {
    const fs::path path = fs::is_directory(name) ? fs::path(name) : runs / name;
    require(fs::exists(RunFolder{path}.eval_csv()), "'{}' is not a run: neither it nor {} has an eval.csv", name,
            (runs / name).string());
    const RunFolder run{fs::canonical(path)};  // one spelling for a run, whatever it is called by
    require_usage(std::ranges::find(found, run.path, &RunFolder::path) == found.end(), "the run '{}' is given twice",
                  name);
    found.push_back(run);
  }
  return found;
}

Json compare(const std::vector<RunFolder>& runs, const fs::path& folder) {
  NewFolder result(folder);
  Panel panel = error_panel("");
  Json rows = Json::array();
  for (const RunFolder& run : runs) {
    const CsvTable evaluations = read_csv(run.eval_csv());
    // Two folders may hold runs of one name: the number keeps their curves apart, and the folder tells which is which.
    const std::string csv = fmt::format("{}-{}", rows.size() + 1, curve_file(run));
    const bool is_only = std::ranges::count(runs, run.id(), &RunFolder::id) == 1;
    write_csv(result.path() / csv, evaluations);
    const auto curves = error_series(is_only ? run.id() : run.path.string(), csv, static_cast<int>(rows.size()));
    panel.series.insert(panel.series.end(), curves.begin(), curves.end());
    rows.push_back({{"run", run.id()},
                    {"folder", run.path.string()},
                    {"finished", run.is_finished()},
                    {"iteration", evaluations.rows() == 0 ? 0 : std::int64_t(evaluations.column("iteration").back())},
                    {"training_error_percent", last_or_null(evaluations, "training_error_percent")},
                    {"test_error_percent", last_or_null(evaluations, "test_error_percent")},
                    {"test_loss_nats", last_or_null(evaluations, "test_loss_nats")}});
  }
  save_chart(error_chart("", {panel}), result.path());
  result.put_in_place();
  return {{"runs", rows}};
}

std::string comparison_table(const Json& comparison) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& row : comparison.at("runs")) {
    rows.push_back({row.at("run").get<std::string>(), row.at("finished").get<bool>() ? "finished" : "not finished",
                    text_of(row.at("iteration")), text_of(row.at("training_error_percent")),
                    text_of(row.at("test_error_percent")), text_of(row.at("test_loss_nats"))});
  }
  return markdown_table({"run", "state", "iteration", "training error %", "test error %", "test loss (nats)"}, rows);
}

}  // namespace resnet

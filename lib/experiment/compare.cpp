// SPDX-License-Identifier: MIT
#include "experiment/compare.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/new_folder.hpp"
#include "core/shown.hpp"
#include "core/utf8.hpp"
#include "exchange/recipe_facts.hpp"
#include "experiment/error_chart.hpp"
#include "experiment/result_folder.hpp"
#include "record/csv_table.hpp"
#include "record/markdown_table.hpp"

namespace resnet {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

Json last_or_null(const CsvTable& table, const char* column) {
  return table.rows() == 0 ? Json(nullptr) : Json(table.column(column).back());
}

Json or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

/// A recipe names its kernels only where they are not the fast ones (train/recipe.cpp).
std::optional<std::string> kernels_in(const std::string& recipe) {
  const auto kernels = value_in(recipe, "kernels");
  return kernels || recipe.empty() ? kernels : std::optional<std::string>("fast");
}

/// The images that the errors of a run beside its training errors are of (train/train.cpp): "test" or "validation".
std::optional<std::string> evaluated_on_in(const std::string& recipe) {
  if (value_in(recipe, "image-size")) return "validation";  // photographs
  const auto held_out = value_in(recipe, "validation-images");
  if (!held_out) return std::nullopt;
  return *held_out == "0" ? "test" : "validation";
}

/// What the figure calls those errors.
std::string legend_of(const Json& rows) {
  const auto is_on = [](const char* images) {
    return [images](const Json& row) { return row.at("evaluated_on") == images; };
  };
  if (std::ranges::none_of(rows, is_on("validation"))) return "test error";
  return std::ranges::none_of(rows, is_on("test")) ? "validation error" : "test or validation error";
}

/// "fp32"; with the kernels where they are not those that go without saying.
std::string arithmetic_of(const Json& row) {
  if (row.at("precision").is_null()) return "-";
  const auto precision = row.at("precision").get<std::string>();
  const auto kernels = row.at("kernels").get<std::string>();
  return kernels == "fast" ? precision : fmt::format("{}, {} kernels", precision, kernels);
}

/// A name as a figure may bear it: its end, of a long one, as that tells a run's folder from another.
std::string label_of(std::string name) {
  constexpr std::size_t kMost = 100;
  if (name.size() > kMost) name = fmt::format("...{}", name.substr(name.size() - kMost));
  return as_utf8(without_controls(std::move(name)));
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

Json compare(const std::vector<RunFolder>& runs) {
  Json rows = Json::array();
  for (const RunFolder& run : runs) {
    const CsvTable evaluations = read_csv(run.eval_csv());
    const std::string recipe = fs::exists(run.recipe()) ? read_file(run.recipe()) : "";
    rows.push_back({{"run", as_utf8(run.id())},
                    {"folder", as_utf8(run.path.string())},
                    {"precision", or_null(value_in(recipe, "precision"))},
                    {"kernels", or_null(kernels_in(recipe))},
                    {"evaluated_on", or_null(evaluated_on_in(recipe))},
                    {"finished", run.is_finished()},
                    {"iteration", evaluations.rows() == 0 ? 0 : std::int64_t(evaluations.column("iteration").back())},
                    {"training_error_percent", last_or_null(evaluations, "training_error_percent")},
                    {"test_error_percent", last_or_null(evaluations, "test_error_percent")},
                    {"test_loss_nats", last_or_null(evaluations, "test_loss_nats")}});
  }
  return {{"runs", rows}};
}

std::string comparison_table(const Json& comparison) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& row : comparison.at("runs")) {
    rows.push_back({row.at("run").get<std::string>(), arithmetic_of(row),
                    row.at("finished").get<bool>() ? "finished" : "not finished", text_of(row.at("iteration")),
                    text_of(row.at("training_error_percent")),
                    row.at("evaluated_on").is_null() ? "-" : row.at("evaluated_on").get<std::string>(),
                    text_of(row.at("test_error_percent")), text_of(row.at("test_loss_nats"))});
  }
  return markdown_table(
      {"run", "precision", "state", "iteration", "training error %", "images", "error %", "loss (nats)"}, rows);
}

void draw_comparison(const std::vector<RunFolder>& runs, const Json& comparison, const fs::path& folder) {
  const Json& rows = comparison.at("runs");
  require(std::ranges::any_of(rows, [](const Json& row) { return row.at("iteration") > 0; }),
          "{}: there is nothing to draw, none of the runs has been evaluated yet", folder.string());
  NewFolder result(folder);
  Panel panel = error_panel("");
  for (std::size_t i = 0; i < runs.size(); ++i) {
    // Two folders may hold runs of one name: the number keeps their curves apart, and the folder tells which is which.
    const std::string csv = fmt::format("{}.csv", i + 1);
    const bool is_only = std::ranges::count(runs, runs[i].id(), &RunFolder::id) == 1;
    write_csv(result.path() / csv, read_csv(runs[i].eval_csv()));
    const auto curves =
        error_series(label_of(is_only ? runs[i].id() : runs[i].path.string()), csv, static_cast<int>(i));
    panel.series.insert(panel.series.end(), curves.begin(), curves.end());
  }
  put_in_place_with_figure(result, error_chart("", {panel}, legend_of(rows)), folder);
}

}  // namespace resnet

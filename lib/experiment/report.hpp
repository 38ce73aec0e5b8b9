// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/fraction.hpp"
#include "experiment/results.hpp"
#include "plot/chart.hpp"

namespace resnet {

/// One number of the paper beside ours. Either may be missing.
struct ReportRow {
  std::string what;
  std::optional<double> paper;
  std::optional<double> ours;
  std::string unit;
};

/// Something the paper says, and whether it holds here. `measured` is in percentage points or percent.
struct Claim {
  std::string text;
  Verdict verdict = Verdict::kOpen;
  std::optional<double> measured;
};

/// What an experiment says about its runs: rows, claims and a chart, gathered by its `report` function.
///
/// An experiment asks for the nets it knows by depth. Where one was not run, what rests on it stays open.
class Report {
 public:
  Report(std::string title, std::vector<NetResult> nets) : title_(std::move(title)), nets_(std::move(nets)) {}

  /// The finished runs of this net, or null.
  const NetResult* find(Family family, std::int64_t depth) const;
  const std::vector<NetResult>& nets() const { return nets_; }

  /// A row of the table "paper | ours | deviation".
  void row(std::string what, std::optional<double> paper, std::optional<double> ours, std::string unit);

  /// The paper says that the first net's error is the higher one. Open if either net is missing.
  void expect_higher_training_error(const std::string& text, const NetResult* higher, const NetResult* lower);
  void expect_higher_test_error(const std::string& text, const NetResult* higher, const NetResult* lower);

  /// The paper says that a number lies above (or below) a bound. Open without the number.
  void expect_above(const std::string& text, std::optional<double> measured, double bound);
  void expect_below(const std::string& text, std::optional<double> measured, double bound);

  /// A panel with the curves of these nets, training error dashed and test error bold. Nets without runs are left out.
  void panel(const std::string& title, const std::vector<const NetResult*>& nets);

  /// Writes figure.{json,svg,png} with the curves' CSV files, table.md and summary.json into the folder, and returns
  /// the summary. Without a finished run there is nothing to draw and only the two texts are written.
  nlohmann::ordered_json save(const std::filesystem::path& folder, const Fraction& schedule,
                              const std::string& precision, bool is_synthetic) const;

 private:
  void expect_higher(const std::string& text, const NetResult* higher, const NetResult* lower,
                     Statistics (NetResult::*error)() const);
  std::string markdown(const std::vector<std::string>& notes) const;

  std::string title_;
  std::vector<NetResult> nets_;
  std::vector<ReportRow> rows_;
  std::vector<Claim> claims_;
  std::vector<Panel> panels_;
};

/// The name of a run's curve in a folder of results.
std::string curve_file(const RunFolder& run);

/// A chart of training and test errors over iterations in the paper's style, out of panels made by `error_series`.
Chart error_chart(std::string title, std::vector<Panel> panels);

/// The two curves of one run.
std::vector<Series> error_series(const std::string& label, const std::string& csv, int colour);

/// Axes and their wishes as in Figures 1 and 6.
Panel error_panel(const std::string& title);

}  // namespace resnet

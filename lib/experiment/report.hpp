// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fraction.hpp"
#include "experiment/results.hpp"
#include "paper/cifar.hpp"
#include "plot/chart.hpp"
#include "record/csv_table.hpp"

namespace resnet {

/// The photographs of a report, and how the nets see them.
struct PhotoSetting {
  std::int64_t classes = 0;
  std::int64_t train_images = 0;
  std::int64_t test_images = 0;
  std::int64_t image_size = 0;
  std::int64_t batch = 0;
  std::int64_t micro_batch = 0;
  bool has_own_colors = false;  ///< A mean, and axes of their colours, that are not ImageNet's published ones.

  bool operator==(const PhotoSetting&) const = default;
};

/// What a report's runs have in common, and how many of them there are.
struct ReportSetting {
  Fraction schedule = {};
  std::string precision = "fp32";
  std::string kernels = "fast";
  bool is_synthetic = false;
  bool is_finished = true;                     ///< Whether all runs that were asked for are there, and measured.
  std::vector<std::string> missing_runs = {};  ///< The names of those that the experiment needs and that are not there.
  bool is_computed = false;                    ///< From the nets themselves: nothing was trained.
  std::optional<PhotoSetting> photos = {};     ///< Nothing on CIFAR-10.

  /// Whether the runs are on photographs, and on others than the paper's, in other classes, sizes, batches,
  /// micro-batches or colours, or for a shorter time: nothing that its numbers can be compared with.
  bool is_reduced() const;
};

/// One number of the paper beside ours. Either may be missing.
struct ReportRow {
  std::string what;
  std::optional<double> paper;
  std::optional<double> ours;
  std::string unit;
  bool is_count = false;  ///< Ours is a whole number, of less than 2^53.
};

/// One line of the table for a person, which may hold several of those numbers: "6.43 (6.61 ± 0.16) %".
struct TableLine {
  std::string what;
  std::string paper;
  std::string ours;
  std::string deviation;
};

/// Something the paper says, and whether it holds here. `measured` is in percentage points, unless the text says what.
struct Claim {
  std::string text;
  Verdict verdict = Verdict::kOpen;
  std::optional<double> measured;  ///< Of shorter runs too, where the verdict is open.
  Fraction schedule = {};          ///< Of the shortest runs that it rests on.
};

/// The images that an error is of: those trained on, or those tested on.
enum class ErrorOf { kTraining, kTest };

/// The nets that a claim is about. It stays open if the runs of one of them are shorter than the report's schedule.
using Nets = std::vector<const NetResult*>;

/// What an experiment says about its runs: rows, claims and a chart, gathered by its `report` function.
///
/// It knows every net of the experiment. Where one has no finished run, its numbers are missing and what rests on it
/// stays open.
class Report {
 public:
  Report(std::string title, ReportSetting setting, std::vector<NetResult> nets)
      : title_(std::move(title)), setting_(std::move(setting)), nets_(std::move(nets)) {}

  const std::string& title() const { return title_; }
  const ReportSetting& setting() const { return setting_; }
  const std::vector<NetResult>& nets() const { return nets_; }
  const std::vector<ReportRow>& rows() const { return rows_; }
  const std::vector<TableLine>& lines() const { return lines_; }
  const std::vector<Claim>& claims() const { return claims_; }
  const std::vector<std::string>& notes() const { return notes_; }

  /// The chart of the panels so far; nothing without one.
  std::optional<Chart> chart() const;

  /// The CSV files that belong to the result: the name in its folder, and where each lies now.
  const std::map<std::string, std::filesystem::path>& curve_files() const { return curve_files_; }

  /// The runs of this net, by its option too where a depth has more than one. Throws Error if the experiment has no
  /// such net.
  const NetResult& find(Family family, std::int64_t depth, std::optional<Shortcut> shortcut = {}) const;

  /// The nets of one family, in the experiment's order.
  Nets family(Family family) const;

  /// Every net of the experiment.
  Nets all() const;

  /// A row of the table "paper | ours | deviation". The deviation is left out where the report is reduced.
  void row(const std::string& what, std::optional<double> paper, std::optional<double> ours, const std::string& unit);

  /// A row of whole numbers, with all their digits.
  void count_row(const std::string& what, std::optional<std::int64_t> paper, std::int64_t ours);

  /// A row of multiply-adds: ours with all their digits, the paper's in 1e9, to the decimal that it gives.
  void cost_row(const std::string& what, std::optional<double> paper, std::int64_t ours);

  /// A sentence to stand above the table.
  void note(const std::string& sentence) { notes_.push_back(sentence); }

  /// An error of a net, such as "test error", in percent: of its run; of several, the mean and deviation; and the best
  /// with both, as in Table 6, where the paper does so. One line of the table, a row for each number. The deviation is
  /// left out where its runs are shorter than the paper's too: they are not meant to come to the same.
  void error_row(const NetResult& net, const std::string& error, const std::optional<paper::ReportedError>& paper,
                 const std::optional<Statistics>& ours);

  /// The same of a method that only the paper has.
  void error_row(const std::string& what, const paper::ReportedError& paper);

  /// The paper says that the first net's error is the higher one. Open if either net has no run.
  void expect_higher_training_error(const std::string& text, const NetResult& higher, const NetResult& lower);
  void expect_higher_test_error(const std::string& text, const NetResult& higher, const NetResult& lower);

  /// The same of other errors of these nets on such images, in percent; and of those of one run each.
  void expect_higher(const std::string& text, const Nets& nets, ErrorOf images, const std::optional<Statistics>& higher,
                     const std::optional<Statistics>& lower);
  void expect_higher(const std::string& text, const Nets& nets, ErrorOf images, std::optional<double> higher,
                     std::optional<double> lower);

  /// The paper says that the mean of an error of this net lies above (or below) a bound. Open without it.
  void expect_above(const std::string& text, const NetResult& net, const std::optional<Statistics>& error,
                    double bound);
  void expect_below(const std::string& text, const NetResult& net, const std::optional<Statistics>& error,
                    double bound);

  /// The paper says so, and it can be looked up: `holds` is nothing where what it needs is not there.
  void expect(const std::string& text, const Nets& nets, std::optional<bool> holds, std::optional<double> measured);

  /// A panel with the error curves of these nets, on these errors. Nets without runs are left out.
  ///
  /// Differs  The paper does not say which of the five runs of ResNet-110 Figure 6 shows: here that of the first seed.
  void panel(const std::string& title, const Nets& nets, const Range& errors = {0, 20});

  /// A panel of another kind, and the CSV file that a series of one names.
  void panel(Panel panel);
  void curve_file(const std::string& name, const std::filesystem::path& file) { curve_files_[name] = file; }

 private:
  void add_error(const std::string& what, const std::optional<paper::ReportedError>& paper,
                 const std::optional<Statistics>& ours);
  std::int64_t sampled(ErrorOf images) const;
  Fraction schedule_of(const Nets& nets) const;
  void claim(const std::string& text, const Nets& nets, Verdict verdict, std::optional<double> measured);

  std::string title_;
  ReportSetting setting_;
  std::vector<NetResult> nets_;
  std::vector<ReportRow> rows_;
  std::vector<TableLine> lines_;
  std::vector<Claim> claims_;
  std::vector<std::string> notes_;
  std::vector<Panel> panels_;
  std::map<std::string, std::filesystem::path> curve_files_;
  bool shows_errors_ = false;  // in one of its panels
};

/// How a family's lines are drawn where each net has one: those of plain nets dashed.
LineStyle line_style_of(Family family);

/// What an experiment measured of a run (Experiment::measurement), or of a net's first one; nothing if it did not. The
/// table has a row at least.
std::optional<CsvTable> measured(const RunFolder& run, const std::string& file);
std::optional<CsvTable> measured(const NetResult& net, const std::string& file);

/// One colour for a depth in every panel: its place in Table 1 or Table 6, and the place after it for one in neither.
int colour_of(std::int64_t depth);

}  // namespace resnet

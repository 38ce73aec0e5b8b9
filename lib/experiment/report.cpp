// SPDX-License-Identifier: MIT
#include "experiment/report.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/file.hpp"
#include "paper/cifar.hpp"
#include "record/markdown_table.hpp"

namespace resnet {
namespace {

using Json = nlohmann::ordered_json;

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

/// true, false, "undecided" or, for what is open, null.
Json verdict_json(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds:
      return true;
    case Verdict::kFails:
      return false;
    case Verdict::kUndecided:
      return verdict_name(verdict);
    case Verdict::kOpen:
      break;
  }
  return nullptr;
}

std::string number_text(const std::optional<double>& value, const std::string& unit) {
  return value ? fmt::format("{:.{}f} {}", *value, unit == "%" ? 2 : 3, unit) : "-";
}

/// One colour for a depth in every panel: its place in Table 6, and the place after it for a depth that is not there.
int colour_of(std::int64_t depth) {
  const auto* row = paper::table6_row(depth);
  return static_cast<int>(row == nullptr ? paper::kTable6.size()
                                         : static_cast<std::size_t>(row - paper::kTable6.data()));
}

/// The curves of an earlier report, perhaps of another schedule, must not be published with this one's.
void remove_curves(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> curves;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".csv") curves.push_back(entry.path());
  }
  for (const auto& curve : curves) std::filesystem::remove(curve);
}

std::vector<std::string> notes_on(const Fraction& schedule, const std::string& precision, bool is_synthetic) {
  std::vector<std::string> notes = {fmt::format("Schedule {}, {}.", schedule.text(), precision)};
  if (schedule.value() < 1) {
    notes.push_back(
        "A shortened run shows how fast a net is optimised, not the degradation at convergence that the paper is "
        "about: "
        "that takes schedule 1.");
  }
  if (is_synthetic) notes.push_back("Made-up data: this shows that the program works, and says nothing of the paper.");
  return notes;
}

}  // namespace

const NetResult* Report::find(Family family, std::int64_t depth) const {
  const auto found = std::find_if(nets_.begin(), nets_.end(), [&](const NetResult& net) {
    return net.model.family == family && net.model.depth == depth && !net.runs.empty();
  });
  return found == nets_.end() ? nullptr : &*found;
}

void Report::row(std::string what, std::optional<double> paper, std::optional<double> ours, std::string unit) {
  rows_.push_back({std::move(what), paper, ours, std::move(unit)});
}

void Report::expect_higher(const std::string& text, const NetResult* higher, const NetResult* lower,
                           Statistics (NetResult::*error)() const) {
  if (higher == nullptr || lower == nullptr) {
    claims_.push_back({text, Verdict::kOpen, std::nullopt});
    return;
  }
  const Statistics high = (higher->*error)();
  const Statistics low = (lower->*error)();
  claims_.push_back({text, is_above(high, low), high.mean - low.mean});
}

void Report::expect_higher_training_error(const std::string& text, const NetResult* higher, const NetResult* lower) {
  expect_higher(text, higher, lower, &NetResult::training_error);
}

void Report::expect_higher_test_error(const std::string& text, const NetResult* higher, const NetResult* lower) {
  expect_higher(text, higher, lower, &NetResult::test_error);
}

void Report::expect_above(const std::string& text, std::optional<double> measured, double bound) {
  claims_.push_back(
      {text, !measured ? Verdict::kOpen : (*measured > bound ? Verdict::kHolds : Verdict::kFails), measured});
}

void Report::expect_below(const std::string& text, std::optional<double> measured, double bound) {
  claims_.push_back(
      {text, !measured ? Verdict::kOpen : (*measured < bound ? Verdict::kHolds : Verdict::kFails), measured});
}

void Report::panel(const std::string& title, const std::vector<const NetResult*>& nets) {
  Panel panel = error_panel(title);
  for (const NetResult* net : nets) {
    if (net == nullptr) continue;
    const auto curves = error_series(net->name(), curve_file(net->folders.front()), colour_of(net->model.depth));
    panel.series.insert(panel.series.end(), curves.begin(), curves.end());
  }
  if (!panel.series.empty()) panels_.push_back(std::move(panel));
}

Json Report::save(const std::filesystem::path& folder, const Fraction& schedule, const std::string& precision,
                  bool is_synthetic) const {
  make_folder(folder);
  remove_curves(folder);
  for (const NetResult& net : nets_) {
    for (const RunFolder& run : net.folders) write_atomically(folder / curve_file(run), read_file(run.eval_csv()));
  }
  if (!panels_.empty()) {
    const std::string suffix = is_synthetic        ? " (made-up data)"
                               : schedule.is_one() ? ""
                                                   : " (schedule " + schedule.text() + ")";
    // "Figure 1": the whole title is wider than one panel.
    save_chart(error_chart(title_.substr(0, title_.find(". ")) + suffix, panels_), folder);
  }

  const auto notes = notes_on(schedule, precision, is_synthetic);
  write_atomically(folder / "table.md", markdown(notes));

  Json summary = {
      {"title", title_}, {"schedule", schedule.text()}, {"precision", precision}, {"synthetic", is_synthetic}};
  std::vector<std::uint64_t> seeds;
  Json runs = Json::array();
  for (const NetResult& net : nets_) {
    for (std::size_t i = 0; i < net.runs.size(); ++i) {
      seeds.push_back(net.runs[i].seed);
      runs.push_back(net.folders[i].id());
    }
  }
  std::sort(seeds.begin(), seeds.end());
  seeds.erase(std::unique(seeds.begin(), seeds.end()), seeds.end());
  summary["seeds"] = seeds;
  summary["notes"] = notes;
  summary["rows"] = Json::array();
  for (const ReportRow& row : rows_) {
    summary["rows"].push_back({{"what", row.what},
                               {"paper", number_or_null(row.paper)},
                               {"ours", number_or_null(row.ours)},
                               {"unit", row.unit}});
  }
  summary["claims"] = Json::array();
  for (const Claim& claim : claims_) {
    summary["claims"].push_back(
        {{"text", claim.text}, {"holds", verdict_json(claim.verdict)}, {"measured", number_or_null(claim.measured)}});
  }
  summary["runs"] = runs;
  write_atomically(folder / "summary.json", summary.dump(2) + "\n");
  return summary;
}

std::string Report::markdown(const std::vector<std::string>& notes) const {
  std::vector<std::vector<std::string>> rows;
  for (const ReportRow& row : rows_) {
    const bool both = row.paper && row.ours;
    rows.push_back({row.what, number_text(row.paper, row.unit), number_text(row.ours, row.unit),
                    both ? fmt::format("{:+.{}f}", *row.ours - *row.paper, row.unit == "%" ? 2 : 3) : "-"});
  }
  std::string text = fmt::format("# {}\n\n", title_);
  for (const std::string& note : notes) text += note + "\n";
  text += "\n" + markdown_table({"", "paper", "ours", "deviation"}, rows);
  text += "\nWhat the paper says:\n\n";
  for (const Claim& claim : claims_) {
    text += fmt::format("- {}: **{}**", claim.text, verdict_name(claim.verdict));
    if (claim.measured) text += fmt::format(" ({:.2f})", *claim.measured);
    text += "\n";
  }
  text += "\nRuns:\n\n";
  for (const NetResult& net : nets_) {
    for (const RunFolder& run : net.folders) text += fmt::format("- {}\n", run.id());
  }
  return text;
}

std::string curve_file(const RunFolder& run) { return run.id() + ".csv"; }

Panel error_panel(const std::string& title) {
  Panel panel;
  panel.title = title;
  panel.x_label = "iter.";
  panel.y_label = "error (%)";
  panel.y_range = Range{0, 20};  // as in Figures 1 and 6
  return panel;
}

std::vector<Series> error_series(const std::string& label, const std::string& csv, int colour) {
  return {{"", csv, "iteration", "training_error_percent", LineStyle::kDashed, colour},
          {label, csv, "iteration", "test_error_percent", LineStyle::kBold, colour}};
}

Chart error_chart(std::string title, std::vector<Panel> panels) {
  return {
      std::move(title), std::move(panels), {{LineStyle::kDashed, "training error"}, {LineStyle::kBold, "test error"}}};
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "experiment/result_folder.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/new_folder.hpp"
#include "experiment/run_report.hpp"
#include "paper/recipe.hpp"
#include "record/markdown_table.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::uintmax_t kLargestSummary = 16 << 20;

Json number_or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

/// Ours: a count without a decimal point.
Json ours_of(const ReportRow& row) {
  return row.is_count && row.ours ? Json(static_cast<std::int64_t>(*row.ours)) : number_or_null(row.ours);
}

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

/// Whether a micro-batch is neither the paper's nor a whole batch that is smaller.
bool has_own_micro_batch(const PhotoSetting& photos) {
  return photos.micro_batch != std::min(paper::imagenet_recipe({}, /*seed=*/0).micro_batch, photos.batch);
}

std::string note_on(const PhotoSetting& photos, const ReportSetting& setting) {
  std::string note;
  if (setting.is_reduced()) {
    note = fmt::format("*Reduced*, not comparable with the paper's numbers: schedule {}, ", setting.schedule.text());
  }
  note += fmt::format("{} classes, {} training and {} test images, {}x{} pixels, batches of {}", photos.classes,
                      photos.train_images, photos.test_images, photos.image_size, photos.image_size, photos.batch);
  if (has_own_micro_batch(photos)) note += fmt::format(" in micro-batches of {}", photos.micro_batch);
  if (photos.has_own_colors) note += ", own colours";
  return note + ".";
}

std::vector<std::string> notes_on(const Report& report) {
  const ReportSetting& setting = report.setting();
  std::vector<std::string> notes;
  notes.push_back(setting.is_computed ? "Computed from the nets themselves: nothing was trained."
                                      : fmt::format("Schedule {}, {}, {} kernels.", setting.schedule.text(),
                                                    setting.precision, setting.kernels));
  if (setting.photos) notes.push_back(note_on(*setting.photos, setting));
  if (setting.schedule.value() < 1) {
    notes.push_back(
        "A shortened run shows how fast a net is optimised, not the degradation at convergence that the paper is "
        "about: that takes schedule 1.");
  }
  if (std::ranges::any_of(report.nets(), [](const NetResult& net) { return net.shorter.has_value(); })) {
    notes.push_back("Runs that are shorter carry their schedule in their net's name; what rests on them stays open.");
  }
  if (setting.is_synthetic) {
    notes.push_back("Made-up data: this shows that the program works, and says nothing of the paper.");
  }
  notes.insert(notes.end(), report.notes().begin(), report.notes().end());
  return notes;
}

std::string list_of(const std::string& heading, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  std::string text = fmt::format("\n{}:\n\n", heading);
  for (const std::string& name : names) text += fmt::format("- {}\n", name);
  return text;
}

std::vector<std::string> run_names(const Report& report) {
  std::vector<std::string> names;
  for (const NetResult& net : report.nets()) {
    for (const RunFolder& run : net.folders) names.push_back(run.id());
  }
  return names;
}

Json run_details(const Report& report) {
  Json details = Json::array();
  for (const NetResult& net : report.nets()) {
    for (std::size_t i = 0; i < net.runs.size(); ++i) {
      const RunResult& run = net.runs[i];
      details.push_back({{"run", net.folders[i].id()},
                         {"schedule", run.schedule},
                         {"precision", run.precision},
                         {"seed", run.seed},
                         {"seconds", run.seconds},
                         {"hardware", hardware_of(net.folders[i])}});
    }
  }
  return details;
}

std::string runs_table(const Report& report) {
  std::vector<std::vector<std::string>> rows;
  for (const Json& run : run_details(report)) {
    rows.push_back({run.at("run").get<std::string>(), run.at("schedule").get<std::string>(),
                    run.at("precision").get<std::string>(), run.at("seed").dump(),
                    human_duration(run.at("seconds").get<double>()),
                    fmt::format("{}", fmt::join(run.at("hardware").get<std::vector<std::string>>(), "; "))});
  }
  if (rows.empty()) return "";
  return fmt::format("\n{}", markdown_table({"run", "schedule", "precision", "seed", "time", "hardware"}, rows));
}

/// Whether the result in this folder is worth more than one of the setting. A folder without a summary holds none.
bool holds_more(const fs::path& folder, const ReportSetting& setting) {
  const fs::path path = folder / "summary.json";
  if (!fs::exists(path)) return false;
  const Json standing = parse_json(read_file(path, kLargestSummary));
  if (!standing.is_object() || field_of<bool>(standing, "synthetic").value_or(false)) return false;
  const std::string schedule = field_of<std::string>(standing, "schedule").value_or("1");
  return setting.is_synthetic || Fraction::parse(schedule).value() > setting.schedule.value();
}

}  // namespace

Json summary_of(const Report& report) {
  const ReportSetting& setting = report.setting();
  std::set<std::uint64_t> seeds;
  for (const NetResult& net : report.nets()) {
    for (const RunResult& run : net.runs) seeds.insert(run.seed);
  }
  Json rows = Json::array();
  for (const ReportRow& row : report.rows()) {
    rows.push_back(
        {{"what", row.what}, {"paper", number_or_null(row.paper)}, {"ours", ours_of(row)}, {"unit", row.unit}});
  }
  Json claims = Json::array();
  for (const Claim& claim : report.claims()) {
    claims.push_back({{"text", claim.text},
                      {"holds", verdict_json(claim.verdict)},
                      {"measured", number_or_null(claim.measured)},
                      {"schedule", claim.schedule.text()}});
  }
  Json summary = {{"title", report.title()},
                  {"schedule", setting.schedule.text()},
                  {"precision", setting.precision},
                  {"kernels", setting.kernels},
                  {"synthetic", setting.is_synthetic},
                  {"computed", setting.is_computed},
                  {"finished", setting.is_finished},
                  {"seeds", seeds},
                  {"notes", notes_on(report)},
                  {"rows", rows},
                  {"claims", claims},
                  {"runs", run_names(report)},
                  {"run_details", run_details(report)},
                  {"missing_runs", setting.missing_runs}};
  if (const auto& photos = setting.photos) {
    summary["reduced"] = setting.is_reduced();
    summary["photos"] = {{"classes", photos->classes},
                         {"train_images", photos->train_images},
                         {"test_images", photos->test_images},
                         {"image_size", photos->image_size},
                         {"batch", photos->batch},
                         {"micro_batch", photos->micro_batch},
                         {"own_colors", photos->has_own_colors}};
  }
  return summary;
}

std::string table_of(const Report& report) {
  std::string text = fmt::format("# {}{}\n\n", report.title(), report.setting().is_reduced() ? " (*reduced*)" : "");
  for (const std::string& note : notes_on(report)) text += note + "\n";
  std::vector<std::vector<std::string>> rows;
  for (const TableLine& line : report.lines()) rows.push_back({line.what, line.paper, line.ours, line.deviation});
  text += fmt::format("\n{}", markdown_table({"", "paper", "ours", "deviation"}, rows));
  text += "\nWhat the paper says:\n\n";
  for (const Claim& claim : report.claims()) {
    text += fmt::format("- {}: **{}**", claim.text, verdict_name(claim.verdict));
    const bool is_shorter = claim.schedule != report.setting().schedule;
    const std::string by = is_shorter ? fmt::format(", by runs at {}", claim.schedule.text()) : "";
    if (claim.measured) text += fmt::format(" ({:.2f}{})", *claim.measured, by);
    text += "\n";
  }
  return text + runs_table(report) + list_of("Runs that are missing", report.setting().missing_runs);
}

void save_report(const Report& report, const fs::path& folder) {
  NewFolder result(folder);
  for (const auto& [name, file] : report.curve_files()) write_atomically(result.path() / name, read_file(file));
  write_atomically(result.path() / "table.md", table_of(report));
  write_atomically(result.path() / "summary.json", summary_of(report).dump(2) + "\n");
  put_in_place_with_figure(result, report.chart(), folder);
}

void put_in_place_with_figure(NewFolder& result, const std::optional<Chart>& chart, const fs::path& folder) {
  bool is_drawn = true;
  if (chart) {
    try {
      save_chart(*chart, result.path());
    } catch (const Error&) {
      is_drawn = false;
    }
  }
  result.put_in_place();
  // The numbers must not wait for gnuplot. Drawn again where it belongs, the figure's error names the folder that
  // `./run plot` is to be called with.
  if (!is_drawn) draw_chart(folder);
}

fs::path result_folder(const fs::path& results, const std::string& experiment, const ReportSetting& setting) {
  std::string name = experiment;
  if (setting.precision != "fp32") name += "-" + setting.precision;
  if (setting.kernels != "fast") name += "-" + setting.kernels;
  if (setting.is_reduced() && !setting.is_synthetic) {
    const PhotoSetting& photos = *setting.photos;
    name += fmt::format("-reduced-{}classes-{}px-batch{}", photos.classes, photos.image_size, photos.batch);
    if (has_own_micro_batch(photos)) name += fmt::format("-micro{}", photos.micro_batch);
    if (photos.has_own_colors) name += "-colors";
  }
  if (!holds_more(results / name, setting)) return results / name;
  std::string kind = setting.is_synthetic ? "synthetic" : setting.schedule.text();
  std::ranges::replace(kind, '/', '_');
  return results / (name + "-" + kind);
}

}  // namespace resnet

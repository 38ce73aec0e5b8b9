// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/new_folder.hpp"
#include "experiment/report.hpp"
#include "plot/chart.hpp"

namespace resnet {

/// The report as numbers: {"title", "schedule", "precision", "kernels", "synthetic", "computed", "finished", "seeds",
/// "notes", "rows", "claims", "runs", "run_details", "missing_runs"}, the same keys whatever is missing; on photographs
/// "reduced" and "photos" too. The details of a run are its schedule, precision, seed, seconds and hardware.
///
/// A number that is missing is null. A claim's "holds" is true, false, "undecided" or, where it is open, null; its
/// "schedule" is that of the shortest runs that it rests on.
nlohmann::ordered_json summary_of(const Report& report);

/// The report as a table for a person, in Markdown.
std::string table_of(const Report& report);

/// Writes figure.{json,svg,png} with the curves' CSV files, table.md and summary.json, and replaces the whole folder by
/// them at once (core/new_folder.hpp). Without a finished run there is nothing to draw.
///
/// Throws Error if it cannot be written, and the earlier result then stands; or if the figure cannot be drawn: all else
/// is then in place, and `./run plot` draws the figure later.
void save_report(const Report& report, const std::filesystem::path& folder);

/// Puts a new folder in the place of `folder`, with the figure of the chart, if there is one, over its CSV files.
///
/// Throws Error if it cannot be put there; or if the figure cannot be drawn: then the rest is in place, and the error
/// names `folder` for `./run plot`.
void put_in_place_with_figure(NewFolder& result, const std::optional<Chart>& chart,
                              const std::filesystem::path& folder);

/// The folder for a report: `<results>/<name>`, or one beside it if a result stands there that it must not replace.
///
/// A report in another arithmetic than fp32 on our kernels has a name of its own (`<name>-bf16`, `<name>-eager`). So
/// has a reduced one (ReportSetting::is_reduced) for each number of classes, size and batch of its photographs, with
/// the micro-batch unless it is the paper's or a whole batch that is smaller, and with a word for colours of one's own
/// (`<name>-reduced-10classes-64px-batch64`, `...-batch64-micro16-colors`). A result that must not be replaced is one
/// of real data for a report of made-up data (`<name>-synthetic`), and one of a longer schedule for a report of a
/// shorter one (`<name>-1_64`).
std::filesystem::path result_folder(const std::filesystem::path& results, const std::string& name,
                                    const ReportSetting& setting);

}  // namespace resnet

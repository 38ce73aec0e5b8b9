// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiment/published.hpp"

namespace resnet {

/// The published nets of CIFAR-10 beside the paper's, as a Markdown table: a row for each net and way of computing, of
/// the runs of its longest schedule, whichever results they belong to.
///
/// The links to the results start from the folder `page`. The time is that of one run, with what else the machine did
/// meanwhile. Of plain nets the paper gives curves, and no numbers. The deviation is left out where the schedule is
/// shorter than the paper's.
///
/// Units    errors in percent, the deviation in points.
/// Throws   As published_runs.
std::string nets_table(const std::vector<PublishedResult>& results, const std::filesystem::path& page);

/// What the paper says, whether it holds in the published results, and what was measured there; what is computed has no
/// schedule and no precision. Each claim stands once in each precision, by the longest schedule that decides it or, if
/// none does, that it was measured at. Where that is shorter than the paper's, or the result is reduced, the claim is
/// open; what holds there stands in brackets where the whole result is so, and not a single net of it. Claims that are
/// open with nothing measured are counted below, for each result.
///
/// Units    the measured number in percent or points, or as the claim says.
/// Throws   Error for a schedule that is none.
std::string claims_table(const std::vector<PublishedResult>& results, const std::filesystem::path& page);

/// The paper's runs on CIFAR-10 (Figures 1, 6 and 7, Table 6) that are not published at full length in this precision,
/// with whatever seed, and how long they would take, from the pace of those that are.
std::string missing_runs_table(const std::vector<PublishedResult>& results, const std::string& precision);

/// Puts each of these tables into the place that the file keeps for it, between two lines of comment.
///
/// Throws   Error, and changes nothing, if it has no such place.
void write_results_tables(const std::vector<PublishedResult>& results, const std::filesystem::path& file);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

namespace resnet {

/// The published nets of CIFAR-10 beside the paper's, as a Markdown table: a row for each net and precision, of the runs
/// of its longest schedule, whichever result they belong to.
///
/// `results` holds the published results, each with its runs; the links to them start from the folder `page`. The time
/// is that of one run, with what else the machine did meanwhile. Of plain nets the paper gives curves, and no numbers.
///
/// Units    errors in percent, deviations in points.
/// Throws   Error if a published run is broken.
/// Differs  The paper gives the error of a net after its whole schedule; a shorter one's is shown beside it all the same,
///          and the row says its schedule.
std::string results_table(const std::filesystem::path& results, const std::filesystem::path& page);

/// Puts the table in the place that the file keeps for it, between two lines of comment.
///
/// Throws   Error, and changes nothing, if it has no such place.
void write_results_table(const std::filesystem::path& results, const std::filesystem::path& file);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace resnet {

/// The text as a gnuplot string in which nothing is special: no escapes, no back-quoted commands, no macros.
///
/// Throws Error if it holds a control character, which would end the command it stands in.
std::string gnuplot_string(std::string_view text);

/// Runs a script that draws an SVG to the file named ARG1 and a PNG to the one named ARG2, and puts both in place.
///
/// It draws in a folder of its own below TMPDIR, so that a failure leaves the old figures unchanged. No shell and none
/// of the user's gnuplot settings take part.
///
/// Throws Error with gnuplot's own words if it fails, with the cure if it is not installed, and if a file is cut short.
void run_gnuplot(std::string_view script, const std::filesystem::path& svg, const std::filesystem::path& png);

}  // namespace resnet

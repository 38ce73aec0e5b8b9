// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace resnet {

/// How a line is drawn; kDashed is half as wide as kBold.
enum class LineStyle { kDashed, kBold };

struct Range {
  double low = 0;
  double high = 1;
};

/// How an axis is divided: by sums, or by powers of ten, for values that span many of them.
enum class Scale { kLinear, kLog };

/// One curve: two columns of a CSV file.
struct Series {
  std::string label;  // its entry in the legend; empty: none, as for the second curve of a network
  std::string csv;    // the file's name in the chart's folder
  std::string x;      // names of columns
  std::string y;
  LineStyle style = LineStyle::kBold;
  int colour = 0;  // an index into a colour-blind-safe palette of seven, used in turn; equal: the same colour
};

/// One pair of axes. The ranges are wishes: plot/axis.hpp says when they are followed.
struct Panel {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::optional<Range> x_range;
  std::optional<Range> y_range;
  std::vector<Series> series;
  Scale y_scale = Scale::kLinear;
};

/// What a line style stands for in every panel, e.g. {kDashed, "training error"}: drawn once, below the panels.
struct LineMeaning {
  LineStyle style = LineStyle::kBold;
  std::string label;
};

/// A figure as data: panels side by side over the CSV files of one folder.
///
/// Paper    Figures 1 and 6: x in units of 1e4 once it reaches 1e4, training error dashed, test error bold.
struct Chart {
  std::string title;
  std::vector<Panel> panels;
  std::vector<LineMeaning> line_meanings;
};

/// Writes the chart to `figure.json` in the folder, where its CSV files already are, then draws it.
///
/// Throws Error as draw_chart does; a chart that cannot be valid is not written.
void save_chart(const Chart& chart, const std::filesystem::path& folder);

/// Draws `<name>.svg` and `<name>.png` from `<name>.json` and the CSV files beside it, each replaced as a whole.
///
/// A curve without finite points stays in the legend as "(no data)", one outside the axes as "(off the chart)".
/// Throws Error for a file that is no chart (it may come from anywhere: it is checked, and nothing in it is executed or
/// names a file of another folder), a CSV file that is missing or wrong, a chart in which no curve has a point, and a
/// gnuplot that is missing or fails.
void draw_chart(const std::filesystem::path& folder, const std::string& name = "figure");

/// The names of the charts in a folder, sorted: every .json file that says it is one, and "figure" whatever it says.
///
/// Throws Error if there is none.
std::vector<std::string> chart_names(const std::filesystem::path& folder);

}  // namespace resnet

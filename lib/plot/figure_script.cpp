// SPDX-License-Identifier: MIT
#include "plot/figure_script.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "core/error.hpp"
#include "plot/axis.hpp"
#include "plot/gnuplot.hpp"
#include "record/markdown_table.hpp"

namespace resnet {
namespace {

// Okabe and Ito's palette, "Color universal design" (2008), in an order whose first members differ most; without its
// yellow, which is too pale for lines on white.
constexpr std::array<std::string_view, 7> kPalette = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                      "#E69F00", "#56B4E9", "#000000"};
constexpr std::string_view kTextColour = "#222222";
constexpr std::string_view kFrameColour = "#666666";
constexpr std::string_view kGridColour = "#E4E4E4";

// Lengths in pixels, from the top left.
constexpr double kWidth = 800;
constexpr double kSinglePanelWidth = 520;
constexpr double kTitleHeight = 28;
constexpr double kPanelTitleHeight = 22;
constexpr double kTopMargin = 12;
constexpr double kLeftMargin = 52;
constexpr double kRightMargin = 18;
constexpr double kAxisHeight = 52;
constexpr double kLegendRow = 17;
constexpr double kSample = 24;
constexpr double kSampleGap = 6;
constexpr double kEntryGap = 14;
constexpr double kCharacter = 6.7;
constexpr double kBottomMargin = 8;
constexpr std::size_t kMostPoints = 1200;

// The paper writes iterations in units of 1e4.
constexpr double kUnit = 1e4;

struct LegendEntry {
  std::string label;
  LineStyle style = LineStyle::kBold;
  std::string_view colour;
};

double width_of(const LegendEntry& entry) {
  return kSample + kSampleGap + kCharacter * static_cast<double>(text_width(entry.label)) + kEntryGap;
}

using LegendRow = std::vector<LegendEntry>;

double width_of(const LegendRow& row) {
  double width = -kEntryGap;
  for (const LegendEntry& entry : row) width += width_of(entry);
  return width;
}

std::vector<LegendRow> filled_rows(const std::vector<LegendEntry>& entries, double room, std::size_t most_in_row) {
  std::vector<LegendRow> rows;
  for (const LegendEntry& entry : entries) {
    const bool fits =
        !rows.empty() && rows.back().size() < most_in_row && width_of(rows.back()) + width_of(entry) <= room;
    if (!fits) rows.emplace_back();
    rows.back().push_back(entry);
  }
  return rows;
}

// As few rows as fit into the room, of about as many entries each.
std::vector<LegendRow> legend_rows(const std::vector<LegendEntry>& entries, double room) {
  if (entries.empty()) return {};
  const std::size_t count = filled_rows(entries, room, entries.size()).size();
  return filled_rows(entries, room, (entries.size() + count - 1) / count);
}

std::string_view colour_of(const Series& series) {
  return kPalette[static_cast<std::size_t>(series.colour) % kPalette.size()];
}

std::string line_look(LineStyle style, std::string_view colour) {
  const double width = style == LineStyle::kBold ? 2.0 : 1.0;
  return fmt::format("lw {} dt {} lc rgb '{}'", width, style == LineStyle::kDashed ? "(8,5)" : "solid", colour);
}

/// As a line a curve of one point would not be seen: it is a dot, or a ring where the line would be dashed.
std::string curve_look(const Curve& curve, const Series& series) {
  const int shape = series.style == LineStyle::kDashed ? 6 : 7;
  if (curve.size() == 1) return fmt::format("points pt {} ps 0.8 lc rgb '{}'", shape, colour_of(series));
  return fmt::format("lines {}", line_look(series.style, colour_of(series)));
}

bool reaches(const Axis& axis, const Curve& curve) {
  return std::ranges::any_of(curve, [&](const Point& p) { return p.y >= axis.range.low && p.y <= axis.range.high; });
}

std::vector<LegendEntry> panel_entries(const Panel& panel, const std::vector<Curve>& curves, const Axis& y) {
  std::vector<LegendEntry> entries;
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const Series& series = panel.series[i];
    if (series.label.empty()) continue;
    std::string label = series.label;
    if (curves[i].empty()) {
      label += " (no data)";
    } else if (!reaches(y, curves[i])) {
      label += " (off the chart)";
    }
    entries.push_back({label, series.style, colour_of(series)});
  }
  return entries;
}

class Script {
 public:
  Script(const Chart& chart, const std::vector<std::vector<Curve>>& curves)
      : chart_(chart), curves_(curves), axes_(choose_axes(chart, curves)) {
    width_ = chart.panels.size() == 1 ? kSinglePanelWidth : kWidth;
    panel_width_ = width_ / static_cast<double>(chart.panels.size());
    double legend_height = 0;
    bool has_panel_titles = false;
    for (std::size_t i = 0; i < chart.panels.size(); ++i) {
      legends_.push_back(
          legend_rows(panel_entries(chart.panels[i], curves[i], axes_[i].y), frame_width() + kRightMargin));
      legend_height = std::max(legend_height, kLegendRow * static_cast<double>(legends_.back().size()));
      has_panel_titles = has_panel_titles || !chart.panels[i].title.empty();
    }
    top_ = kTopMargin + (chart.title.empty() ? 0 : kTitleHeight) + (has_panel_titles ? kPanelTitleHeight : 0);
    bottom_ = top_ + (chart.panels.size() > 2 ? 230 : 270);
    const double meanings_height = chart.line_meanings.empty() ? 0 : kLegendRow + 6;
    height_ = std::ceil(bottom_ + kAxisHeight + legend_height + meanings_height + kBottomMargin);
  }

  std::string text() && {
    add_data();
    add("set encoding utf8\n");
    add("set terminal svg size {},{} fixed noenhanced font 'sans-serif,12' background rgb 'white'\n", width_, height_);
    add("set output ARG1\n");
    add_figure();
    // The size of a font is in points there, and its pixels are 96 to the inch: 0.75 makes the two files alike.
    add("set terminal pngcairo size {},{} noenhanced font 'sans,12' fontscale 1.5 linewidth 2 dashlength 2 "
        "pointscale 2 background rgb 'white'\n",
        2 * width_, 2 * height_);
    add("set output ARG2\n");
    add_figure();
    add("unset output\n");
    return std::move(text_);
  }

 private:
  template <typename... Args>
  void add(fmt::format_string<Args...> text, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), text, std::forward<Args>(args)...);
  }

  double frame_width() const { return panel_width_ - kLeftMargin - kRightMargin; }
  double left_of(std::size_t panel) const { return panel_width_ * static_cast<double>(panel) + kLeftMargin; }
  double screen_x(double pixels) const { return pixels / width_; }
  double screen_y(double pixels) const { return 1 - pixels / height_; }

  double unit_of(std::size_t panel) const { return axes_[panel].x.range.high >= kUnit ? kUnit : 1; }

  void add_data() {
    for (std::size_t i = 0; i < curves_.size(); ++i) {
      for (std::size_t j = 0; j < curves_[i].size(); ++j) {
        if (curves_[i][j].empty()) continue;
        add("$curve_{}_{} << END\n", i, j);
        for (const Point& point : thinned(curves_[i][j], kMostPoints)) add("{} {}\n", point.x / unit_of(i), point.y);
        add("END\n");
      }
    }
  }

  void add_label(std::string_view text, double x, double y, std::string_view place, std::string_view font = "") {
    if (text.empty()) return;
    add("set label {} at screen {},{} {}{} textcolor rgb '{}'\n", gnuplot_string(text), screen_x(x), screen_y(y), place,
        font, kTextColour);
  }

  // The rows begin below each other, and the widest is centred.
  void add_legend(const std::vector<LegendRow>& rows, double centre, double top) {
    double width = 0;
    for (const LegendRow& row : rows) width = std::max(width, width_of(row));
    double y = top + kLegendRow / 2;
    for (const LegendRow& row : rows) {
      double x = centre - width / 2;
      for (const LegendEntry& entry : row) {
        add("set arrow from screen {0},{1} to screen {2},{1} nohead {3}\n", screen_x(x), screen_y(y),
            screen_x(x + kSample), line_look(entry.style, entry.colour));
        add_label(entry.label, x + kSample + kSampleGap, y, "left");
        x += width_of(entry);
      }
      y += kLegendRow;
    }
  }

  void add_figure() {
    add("unset key\nset multiplot\n");
    add("set border 15 lw 1 lc rgb '{0}'\nset tics in scale 0.6 nomirror textcolor rgb '{1}'\nset format '%g'\n",
        kFrameColour, kTextColour);
    add("set grid ytics back lt 1 lw 0.8 lc rgb '{}'\n", kGridColour);
    add_label(chart_.title, width_ / 2, kTopMargin + kTitleHeight / 2 - 4, "center", " font ',14'");
    if (!chart_.line_meanings.empty()) {
      std::vector<LegendEntry> entries;
      for (const LineMeaning& each : chart_.line_meanings) entries.push_back({each.label, each.style, kFrameColour});
      add_legend(legend_rows(entries, width_), width_ / 2, height_ - kBottomMargin - kLegendRow);
    }
    for (std::size_t i = 0; i < chart_.panels.size(); ++i) add_panel(i);
    add("unset multiplot\n");
  }

  void add_panel(std::size_t i) {
    const Panel& panel = chart_.panels[i];
    const double left = left_of(i);
    const double right = left + frame_width();
    const double centre = (left + right) / 2;
    const double unit = unit_of(i);
    const auto& [x, y] = axes_[i];
    add("set lmargin at screen {}\nset rmargin at screen {}\n", screen_x(left), screen_x(right));
    add("set tmargin at screen {}\nset bmargin at screen {}\n", screen_y(top_), screen_y(bottom_));
    add_label(panel.title, centre, top_ - kPanelTitleHeight / 2, "center");
    add_label(panel.x_label + (unit == kUnit ? " (1e4)" : ""), centre, bottom_ + 36, "center");
    add_label(panel.y_label, left - 43, (top_ + bottom_) / 2, "center rotate by 90");
    add_legend(legends_[i], centre, bottom_ + kAxisHeight);
    add("set xrange [{}:{}]\nset xtics {}\n", x.range.low / unit, x.range.high / unit, x.step / unit);
    add("set yrange [{}:{}]\n", y.range.low, y.range.high);
    if (y.scale == Scale::kLog) {
      // Ticks at whole powers of ten alone, written as the iterations' unit is: 1e-4.
      add("set logscale y\nunset mytics\nset format y '1e%T'\nset ytics {},{},{}\n", y.range.low, y.step, y.range.high);
    } else {
      add("unset logscale y\nset format y '%g'\nset ytics {}\n", y.step);
    }
    std::string curves;
    for (std::size_t j = 0; j < panel.series.size(); ++j) {
      if (curves_[i][j].empty()) continue;
      curves += fmt::format("{}$curve_{}_{} using 1:2 notitle with {}", curves.empty() ? "" : ", ", i, j,
                            curve_look(curves_[i][j], panel.series[j]));
    }
    add("plot {}\nunset label\nunset arrow\n", curves.empty() ? "1/0" : curves);
  }

  const Chart& chart_;
  const std::vector<std::vector<Curve>>& curves_;
  std::vector<PanelAxes> axes_;
  std::vector<std::vector<LegendRow>> legends_;
  double width_ = 0;
  double panel_width_ = 0;
  double top_ = 0;
  double bottom_ = 0;
  double height_ = 0;
  std::string text_;
};

}  // namespace

std::string figure_script(const Chart& chart, const std::vector<std::vector<Curve>>& curves) {
  return Script(chart, curves).text();
}

}  // namespace resnet

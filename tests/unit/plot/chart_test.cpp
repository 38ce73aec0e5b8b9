// SPDX-License-Identifier: MIT
#include "plot/chart.hpp"

#include <stdlib.h>

#include <filesystem>
#include <optional>
#include <string>

#include "core/error.hpp"
#include "core/file.hpp"
#include "plot/curve.hpp"
#include "plot/figure_script.hpp"
#include "record/csv_table.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"
#include "support/temp_folder.hpp"
#include "support/variable_is.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

Series series(const std::string& label, const std::string& csv, LineStyle style = LineStyle::kBold, int colour = 0) {
  return {label, csv, "iteration", "error", style, colour};
}

// A folder with one run that falls below 20 %, one that stays above, and one that has not begun.
class Results : public TempFolder {
 public:
  Results() {
    write_csv(path() / "plain20.csv", {{"iteration", "error"}, {{1, 32000, 64000}, {15, 12, 9}}, ""});
    write_csv(path() / "plain110.csv", {{"iteration", "error"}, {{1, 64000}, {90, 65}}, ""});
    write_csv(path() / "none.csv", {{"iteration", "error"}, {{}, {}}, ""});
  }

  std::string svg() const { return read_file(path() / "figure.svg"); }
};

Chart chart_of(std::vector<Series> curves) {
  return {"Figure 1", {{"plain", "iter.", "test error (%)", Range{0, 64000}, Range{0, 20}, std::move(curves)}}, {}};
}

void install_gnuplot(const fs::path& folder, const std::string& script) {
  write_atomically(folder / "gnuplot", "#!/bin/sh\n" + script);
  fs::permissions(folder / "gnuplot", fs::perms::owner_all);
}

bool leaves_no_parts(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".part") return false;
  }
  return true;
}

TEST_CASE("a chart becomes an SVG with its words and a PNG of some size, and nothing else") {
  const Results folder;
  Chart chart = chart_of({series("", "plain20.csv", LineStyle::kDashed), series("plain-20", "plain20.csv")});
  chart.line_meanings = {{LineStyle::kDashed, "training error"}};
  save_chart(chart, folder.path());
  const std::string png = read_file(folder.path() / "figure.png");
  CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  CHECK(png.substr(16, 4) == std::string("\0\0\x04\x10", 4));  // 1040 pixels wide, twice the SVG
  CHECK(png.size() > 10'000);
  for (const char* text : {"Figure 1", "plain", "iter. (1e4)", "test error (%)", "plain-20", "training error"}) {
    CHECK_THAT(folder.svg(), Contains(std::string(">") + text + "<"));
  }
  CHECK_THAT(folder.svg(), Contains("stroke-dasharray"));
  CHECK(leaves_no_parts(folder.path()));
}

TEST_CASE("a chart is drawn again from its folder alone, to the same bytes") {
  const Results folder;
  save_chart(chart_of({series("plain-20", "plain20.csv")}), folder.path());
  const std::string before = folder.svg();
  fs::remove(folder.path() / "figure.svg");
  draw_chart(folder.path());
  CHECK(folder.svg() == before);
}

TEST_CASE("a curve without points or outside the axes stays in the legend and says so") {
  const Results folder;
  save_chart(chart_of({series("plain-20", "plain20.csv"), series("plain-32", "plain20.csv"),
                       series("plain-110", "plain110.csv"), series("plain-1202", "none.csv")}),
             folder.path());
  CHECK_THAT(folder.svg(), Contains("plain-110 (off the chart)"));
  CHECK_THAT(folder.svg(), Contains("plain-1202 (no data)"));
  CHECK_THAT(folder.svg(), Contains(">plain-20<"));
}

TEST_CASE("a curve of one point is seen, as a ring where its line would be dashed") {
  const Results folder;
  write_csv(folder.path() / "one.csv", {{"iteration", "error"}, {{32000}, {10}}, ""});
  const auto draw = [&](const char* csv) {
    const Chart chart = chart_of({series("", csv, LineStyle::kDashed), series("plain-20", csv)});
    save_chart(chart, folder.path());
    return figure_script(chart, read_curves(chart, folder.path()));
  };
  const auto marks = [&] { return count_of(folder.svg(), "gpPt"); };
  CHECK_THAT(draw("plain20.csv"), Contains("with lines") && !Contains("with points"));
  const int known = marks();  // gnuplot defines its marks in every file
  CHECK_THAT(draw("one.csv"), Contains("with points pt 6") && Contains("with points pt 7") && !Contains("with lines"));
  CHECK(marks() == known + 2);
}

TEST_CASE("a log axis is marked in powers of ten, and the panel beside it is not") {
  const Results folder;
  write_csv(folder.path() / "norms.csv", {{"iteration", "error"}, {{1, 10, 1000}, {420, 0.3, 7.7e-6}}, ""});
  Chart chart = chart_of({series("plain-56", "norms.csv")});
  chart.panels.push_back(chart_of({series("plain-20", "plain20.csv")}).panels.front());
  chart.panels[0].y_range.reset();
  chart.panels[0].y_scale = Scale::kLog;
  save_chart(chart, folder.path());
  for (const char* tick : {"1e-6", "1e-4", "1e-2", "1e0", "1e2", "15"}) {
    CAPTURE(tick);
    CHECK_THAT(folder.svg(), Contains(std::string(">") + tick + "<") || Contains(std::string("> ") + tick + "<"));
  }
  CHECK_THAT(folder.svg(), !Contains("1e1<"));  // the linear panel's 15 is not written as a power
}

TEST_CASE("a chart with nothing to draw is an error") {
  const Results folder;
  CHECK_THROWS_WITH(save_chart({}, folder.path()), Contains("figure.json: the chart is empty"));
  CHECK_FALSE(fs::exists(folder.path() / "figure.json"));
  CHECK_THROWS_WITH(save_chart(chart_of({series("plain-1202", "none.csv")}), folder.path()),
                    Contains("figure.json: there is nothing to draw"));
  CHECK_THROWS_WITH(save_chart(chart_of({series("a", "missing.csv")}), folder.path()),
                    Contains("missing.csv: no such file"));
}

TEST_CASE("no text of a chart is executed") {
  const Results folder;
  const std::string mark = (folder.path() / "mark").string();
  const std::string command = "; system(\"touch " + mark + "\");";
  for (const std::string before :
       {"a\"", "a'", "'", "''", "a''", "a'''", "a\\'", "a\\\"", "a\\\\\"", "a\\", "@ARG1", "#"}) {
    Chart chart = chart_of({series(before + command, "plain20.csv"), series(before + command + before, "plain20.csv"),
                            series("`touch " + mark + "`", "plain20.csv")});
    chart.title = chart.panels[0].title = chart.panels[0].x_label = chart.panels[0].y_label = before + command;
    save_chart(chart, folder.path());
    CHECK_FALSE(fs::exists(mark));
  }
}

TEST_CASE("every text is drawn letter by letter") {
  const Results folder;
  for (const auto& [label, in_svg] : std::vector<std::pair<std::string, std::string>>{
           {"!#$%()*+,-./0:;=?@A[\\]^_`a{|}~", "!#$%()*+,-./0:;=?@A[\\]^_`a{|}~"},
           {"<a> & b", "&lt;a> &amp; b"},
           {"'it''s'''4\"2 7", "'it''s'''4\"2 7"},
           {"-20 \\055 \\n %d 6.61 ± 0.16", "-20 \\055 \\n %d 6.61 ± 0.16"}}) {
    save_chart(chart_of({series(label, "plain20.csv")}), folder.path());
    CHECK_THAT(folder.svg(), Contains(std::string(">") + in_svg + "<"));
  }
}

TEST_CASE("the folder of a chart may have any name") {
  const Results folder;
  const std::string mark = (folder.path() / "mark").string();
  const fs::path odd = folder.path() / "it's `touch mark` \"$HOME\"; it";
  fs::create_directory(odd);
  fs::copy(folder.path() / "plain20.csv", odd / "plain20.csv");
  save_chart(chart_of({series("plain-20", "plain20.csv")}), odd);
  CHECK(fs::exists(odd / "figure.png"));
  CHECK_FALSE(fs::exists(mark));
}

TEST_CASE("where gnuplot is missing the error says how to get it") {
  const Results folder;
  const VariableIs nothing("PATH", (folder.path() / "nowhere").string());
  CHECK_THROWS_WITH(save_chart(chart_of({series("plain-20", "plain20.csv")}), folder.path()),
                    Contains("apt-get install gnuplot-nox") && Contains("./run plot " + folder.path().string()));
  CHECK(fs::exists(folder.path() / "figure.json"));
}

TEST_CASE("a gnuplot that fails or is cut short leaves the old figure and its own words") {
  const Results folder;
  save_chart(chart_of({series("plain-20", "plain20.csv")}), folder.path());
  const std::string before = folder.svg();
  {
    const TempFolder bin;
    install_gnuplot(bin.path(), "echo 'no terminal of this name' >&2; exit 1\n");
    const VariableIs fake("PATH", bin.path().string());
    CHECK_THROWS_WITH(draw_chart(folder.path()), Contains("exit code 1: no terminal of this name"));
  }
  {
    const TempFolder bin;
    install_gnuplot(bin.path(), "echo '<svg><path d=' > \"$4\"; exit 0\n");
    const VariableIs fake("PATH", bin.path().string());
    CHECK_THROWS_WITH(draw_chart(folder.path()), Contains("figure.svg: gnuplot could not write all of it"));
  }
  {
    const TempFolder bin;
    install_gnuplot(bin.path(), "echo '<svg></svg>' > \"$4\"; echo cut > \"$5\"\n");
    const VariableIs fake("PATH", bin.path().string());
    CHECK_THROWS_WITH(draw_chart(folder.path()), Contains("figure.png: gnuplot could not write all of it"));
  }
  CHECK(folder.svg() == before);
  CHECK(leaves_no_parts(folder.path()));
}

TEST_CASE("a chart is drawn wherever TMPDIR is, which is empty afterwards, and an error where it is not") {
  const Results folder;
  const TempFolder elsewhere;
  const fs::path temporary = elsewhere.path() / "a place";
  const VariableIs other("TMPDIR", temporary.string());
  CHECK_THROWS_WITH(save_chart(chart_of({series("plain-20", "plain20.csv")}), folder.path()), Contains("set TMPDIR"));
  fs::create_directory(temporary);
  draw_chart(folder.path());
  CHECK(fs::exists(folder.path() / "figure.png"));
  CHECK(fs::is_empty(temporary));
}

TEST_CASE("the charts of a folder are found among other JSON files") {
  const Results folder;
  CHECK_THROWS_WITH(chart_names(folder.path()), Contains("holds no chart"));
  CHECK_THROWS_WITH(chart_names(folder.path() / "nowhere"), Contains("nowhere: no such folder"));
  save_chart(chart_of({series("plain-20", "plain20.csv")}), folder.path());
  fs::copy_file(folder.path() / "figure.json", folder.path() / "right.json");
  fs::rename(folder.path() / "figure.json", folder.path() / "left.json");
  write_atomically(folder.path() / "summary.json", "{\"schedule\": \"1/64\"}");
  CHECK(chart_names(folder.path()) == std::vector<std::string>{"left", "right"});
  draw_chart(folder.path(), "left");
  CHECK(fs::exists(folder.path() / "left.svg"));
  CHECK(fs::exists(folder.path() / "left.png"));
  write_atomically(folder.path() / "figure.json", "{");
  CHECK(chart_names(folder.path()) == std::vector<std::string>{"figure", "left", "right"});
  CHECK_THROWS_WITH(draw_chart(folder.path()), Contains("figure.json: is not a chart"));
}

}  // namespace
}  // namespace resnet

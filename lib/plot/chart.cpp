// SPDX-License-Identifier: MIT
#include "plot/chart.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/file.hpp"
#include "plot/chart_json.hpp"
#include "plot/curve.hpp"
#include "plot/figure_script.hpp"
#include "plot/gnuplot.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFigure = "figure";
constexpr std::uintmax_t kLargestChart = 1 << 20;

fs::path chart_file(const fs::path& folder, const std::string& name) {
  require(!name.empty() && name.find('/') == std::string::npos, "'{}' is not a chart's name", name);
  return folder / (name + ".json");
}

}  // namespace

void save_chart(const Chart& chart, const fs::path& folder) {
  const fs::path file = chart_file(folder, kFigure);
  check_chart(chart, file.string());
  std::string text;
  try {
    text = chart_to_json(chart).dump(2) + "\n";
  } catch (const nlohmann::json::exception& error) {
    fail("{}: a text of the chart is not UTF-8: {}", file.string(), error.what());
  }
  write_atomically(file, text);
  draw_chart(folder, kFigure);
}

void draw_chart(const fs::path& folder, const std::string& name) {
  const fs::path file = chart_file(folder, name);
  const Chart chart = chart_from_json(read_file(file, kLargestChart), file.string());
  const auto curves = read_curves(chart, folder);
  const bool has_points = std::ranges::any_of(curves, [](const std::vector<Curve>& panel) {
    return std::ranges::any_of(panel, [](const Curve& curve) { return !curve.empty(); });
  });
  require(has_points, "{}: there is nothing to draw, none of its CSV files has a finite point yet", file.string());
  run_gnuplot(figure_script(chart, curves), folder / (name + ".svg"), folder / (name + ".png"));
}

std::vector<std::string> chart_names(const fs::path& folder) {
  std::error_code error;
  require(fs::is_directory(folder, error), "{}: no such folder", folder.string());
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const fs::path& file = entry.path();
    if (file.extension() != ".json" || !entry.is_regular_file()) continue;
    const bool has_chart_size = entry.file_size() <= kLargestChart;
    if (file.stem() == kFigure || (has_chart_size && is_chart_json(read_file(file)))) names.push_back(file.stem());
  }
  std::ranges::sort(names);
  require(!names.empty(), "{}: holds no chart, expected a figure.json as an experiment's results have it",
          folder.string());
  return names;
}

}  // namespace resnet

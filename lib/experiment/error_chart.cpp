// SPDX-License-Identifier: MIT
#include "experiment/error_chart.hpp"

namespace resnet {

Chart error_chart(std::string title, std::vector<Panel> panels, std::string tested) {
  return {std::move(title),
          std::move(panels),
          {{LineStyle::kDashed, "training error"}, {LineStyle::kBold, std::move(tested)}}};
}

Panel error_panel(const std::string& title, const Range& errors) {
  Panel panel;
  panel.title = title;
  panel.x_label = "iter.";
  panel.y_label = "error (%)";
  panel.y_range = errors;
  return panel;
}

std::vector<Series> error_series(const std::string& label, const std::string& csv, int colour) {
  return {{"", csv, "iteration", "training_error_percent", LineStyle::kDashed, colour},
          {label, csv, "iteration", "test_error_percent", LineStyle::kBold, colour}};
}

std::string curve_file(const RunFolder& run) { return run.id() + ".csv"; }

}  // namespace resnet

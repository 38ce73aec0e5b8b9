// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "experiment/report.hpp"

namespace resnet {

/// A table of the paper that follows from the nets themselves: nothing is trained, no data is needed.
struct ComputedTable {
  std::string name;   ///< The program's name, and that of its folder of results.
  std::string title;  ///< "Table 1. ..."
  std::function<void(Report&)> report;
};

/// The whole program of such a table: reads the flags and writes OUT/results/<name>/ as an experiment does
/// (experiment/experiment.hpp). Returns the exit code.
int run_computed_table(int argc, char** argv, const ComputedTable& table);

}  // namespace resnet

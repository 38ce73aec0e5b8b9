// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "experiment/loaded_data.hpp"
#include "experiment/report.hpp"
#include "paper/cifar.hpp"
#include "record/csv_table.hpp"
#include "record/run_folder.hpp"
#include "train/train.hpp"

namespace resnet {

/// Which runs of each net are measured, and reported: that of the first seed asked for or else of the lowest, or all.
enum class MeasuredRuns { kFirst, kAll };

/// What an experiment wants to know of a finished run beyond its result: measured once, and kept in the run's folder.
struct Measurement {
  std::vector<std::string> files;  ///< "layer_responses.csv", the table; then what `measure` itself writes beside it.

  /// Nothing if it was stopped or, as it tells the person, the run does not have what it takes. The data is that which
  /// the run was on; null if it needs no images, and so may not be there.
  std::function<std::optional<CsvTable>(const RunFolder& run, const Recipe& recipe, const LoadedData* data,
                                        const TrainOptions& options)>
      measure;
  bool needs_images = true;
  bool needs_weights = false;  ///< Which a published run may be without: it is not measured then.
  MeasuredRuns runs = MeasuredRuns::kFirst;
};

/// A table or figure of the paper: the runs it needs, and what it says about them.
struct Experiment {
  std::string name;                  ///< The program's name, and that of its folder of results.
  std::string title;                 ///< "Figure 1. ..."
  std::vector<paper::NetRuns> nets;  ///< All for CIFAR-10, or all for photographs, whose classes are then the data's.
  std::function<void(Report&)> report;
  std::optional<Measurement> measurement = {};
};

/// The whole program of an experiment: reads the flags, ensures the runs asked for (a finished one is reused, a
/// half-done one resumed, one that another process is at tried again after the others), and writes OUT/results/<name>/
/// (experiment/result_folder.hpp). Returns the exit code. Runs that cannot be trained are named once the others are
/// trained and reported on, and make it 1; of those that another process is at only where this one was not stopped.
///
/// The report is on every finished run under OUT of the experiment's nets in this schedule and precision, whatever its
/// seed and whoever asked for it: --depths and --seeds choose what is trained, not what is told, unless one run of
/// each net is measured. Of a net that has
/// none, it is on those of the longest schedule below, and what is said of them stays open. All of them must have been
/// on the same images, and on those at hand, if these are: else there is an error before anything is trained. In
/// --status the images at hand alone are asked for.
int run_experiment(int argc, char** argv, const Experiment& experiment);

}  // namespace resnet

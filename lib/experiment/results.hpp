// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/model_spec.hpp"
#include "record/run_folder.hpp"

namespace resnet {

/// Mean, deviation (n - 1; 0 for a single value) and least of some numbers, of which there is at least one.
struct Statistics {
  double mean = 0;
  double deviation = 0;
  double least = 0;
  std::int64_t count = 0;
};

Statistics statistics_of(const std::vector<double>& values);

/// The finished runs of one net, by seed.
struct NetResult {
  ModelSpec model;
  std::vector<RunFolder> folders;
  std::vector<RunResult> runs;

  std::string name() const { return model_name(model); }
  Statistics test_error() const;
  Statistics training_error() const;
};

/// Whether what the paper says holds in our runs.
enum class Verdict {
  kHolds,
  kFails,
  kUndecided,  ///< The difference is within what another seed would change.
  kOpen,       ///< The runs that it needs are not there.
};

std::string verdict_name(Verdict verdict);

/// Whether one error is above another by more than two deviations of such a difference between runs.
///
/// The deviation of one run is that measured over the seeds, or the paper's 0.16 points if that is larger or there is
/// one run alone.
Verdict is_above(const Statistics& higher, const Statistics& lower);

}  // namespace resnet

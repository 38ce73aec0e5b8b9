// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/fraction.hpp"
#include "model/model_spec.hpp"
#include "record/run_folder.hpp"
#include "train/recipe.hpp"

namespace resnet {

/// Mean, deviation (0 for a single value) and least of some numbers, of which there is at least one.
///
/// Differs  The paper does not say whether the deviation in Table 6 divides by n or by n - 1: here by n - 1.
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
  std::optional<Fraction> shorter = {};  ///< Their schedule, where it is shorter than the one that was asked for.

  /// As the paper writes it: "plain-20", "ResNet-110", "ResNet-34 B" where a depth has more than one option; and
  /// "ResNet-110 at 1/4" of runs that are shorter than asked for.
  std::string name() const;

  /// Over the runs; nothing without one.
  std::optional<Statistics> test_error() const;
  std::optional<Statistics> training_error() const;
};

/// A text about nets without the schedules that their names have.
std::string without_schedules(const std::string& text);

/// The finished runs under `runs` whose recipe is this one, but for the seed. Where there is none, those of the longest
/// schedule that is shorter. A folder whose result says nothing of seed and schedule is none of them. Throws Error if a
/// run's result is broken in another way.
NetResult finished_runs(const std::filesystem::path& runs, Recipe recipe);

/// The seeds, from `first` on, of the runs that a net still needs: five runs are five, whatever the seeds of those that
/// are there.
std::vector<std::uint64_t> missing_seeds(std::int64_t needed, std::uint64_t first,
                                         const std::set<std::uint64_t>& there);

/// Whether what the paper says holds in our runs.
enum class Verdict {
  kHolds,
  kFails,
  kUndecided,  ///< The difference is within what another seed would change.
  kOpen,       ///< The runs that it needs are not there, or shorter than the others.
};

std::string verdict_name(Verdict verdict);

/// By how much one run of this schedule is taken to differ from what another seed would give: a standard deviation, in
/// points.
///
/// Paper    Table 6: 0.16 points over five runs of ResNet-110, in the test error after the whole schedule.
/// Differs  The paper gives it for that net and error alone; here it stands for every net, for photographs too, and for
///          the training error.
///          A shortened run stops where nets still differ by luck: 0.16 divided by the schedule is taken for it, but
///          at most 5 points. At 1/64 we know four runs of plain-20 (38.0, 38.1, 39.75 and 42 %) and four of plain-56
///          (74.5, 74.8, 76.5 and 86 %): a pooled deviation of 4.1 points.
double assumed_deviation(const Fraction& schedule);

/// Whether one error is above another by more than two deviations of such a difference between runs.
///
/// The deviation of one run is that of the seeds, but not below the paper's. Fewer than three seeds do not measure it:
/// for them it is not below `assumed_deviation` either. It is taken as known, not as estimated from so few: where the
/// paper's 0.16 does not hold it up, three seeds beside three err in 12 of 100 such verdicts, and not in 5.
///
/// Where the errors are of a sample of so many images, each net's has the deviation of such a sample too, sqrt(p (1 -
/// p) / images) with p the mean of both errors, however many runs it has. 0 images: the errors are of all the images
/// that the claim is about, as on CIFAR-10.
///
/// Differs  The paper compares two numbers. That both nets see the same images, which brings their errors closer, is
///          not counted: so a small set decides less than it could.
Verdict is_above(const Statistics& higher, const Statistics& lower, const Fraction& schedule,
                 std::int64_t sampled_images);

}  // namespace resnet

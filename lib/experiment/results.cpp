// SPDX-License-Identifier: MIT
#include "experiment/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <regex>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "core/json.hpp"
#include "paper/cifar.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr double kLargestAssumedDeviation = 5;
constexpr std::int64_t kSeedsThatMeasure = 3;

std::optional<Statistics> statistics_over(const std::vector<RunResult>& runs, double RunResult::* error) {
  if (runs.empty()) return std::nullopt;
  std::vector<double> values;
  for (const RunResult& run : runs) values.push_back(run.*error);
  return statistics_of(values);
}

/// Of an error in percent, in points squared.
double sampling_variance(double error_percent, std::int64_t images) {
  return images == 0 ? 0 : error_percent * (100 - error_percent) / static_cast<double>(images);
}

/// A finished run, with what tells it from others of the same net.
struct FinishedRun {
  RunFolder folder;
  std::uint64_t seed = 0;
  Fraction schedule;
};

/// What a finished run says of itself. Anything may lie here: what cannot be read is not one of ours.
std::optional<FinishedRun> finished_run(const RunFolder& run) {
  if (!run.is_finished()) return std::nullopt;
  try {
    const auto result = read_json(run.result());
    const auto seed = field_of<std::uint64_t>(result, "seed");
    const auto schedule = field_of<std::string>(result, "schedule");
    if (!seed || !schedule) return std::nullopt;
    return FinishedRun{run, *seed, Fraction::parse(*schedule)};
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Those among them of this recipe, but for the seed.
std::map<std::uint64_t, RunFolder> runs_of(const std::vector<FinishedRun>& finished, Recipe recipe) {
  std::map<std::uint64_t, RunFolder> by_seed;
  for (const FinishedRun& run : finished) {
    recipe.seed = run.seed;
    if (run_id(recipe) == run.folder.id()) by_seed.emplace(run.seed, run.folder);
  }
  return by_seed;
}

}  // namespace

Statistics statistics_of(const std::vector<double>& values) {
  require(!values.empty(), "the statistics of no values were asked for");
  Statistics s;
  s.count = static_cast<std::int64_t>(values.size());
  const auto n = static_cast<double>(values.size());
  s.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  s.least = *std::min_element(values.begin(), values.end());
  if (values.size() > 1) {
    double squares = 0;
    for (const double value : values) squares += (value - s.mean) * (value - s.mean);
    s.deviation = std::sqrt(squares / (n - 1));
  }
  return s;
}

std::string NetResult::name() const {
  const bool has_options =
      model.design == Design::kImageNet && model.family == Family::kResidual && !has_bottlenecks(model);
  std::string name = paper_name(model);
  if (has_options) name += fmt::format(" {}", shortcut_name(model.shortcut));
  if (shorter) name += fmt::format(" at {}", shorter->text());
  return name;
}

std::string without_schedules(const std::string& text) {
  static const std::regex schedule("(ResNet|plain)(-[0-9]+)( [ABC])? at [0-9]+(/[0-9]+)?");
  return std::regex_replace(text, schedule, "$1$2$3");
}

std::optional<Statistics> NetResult::test_error() const {
  return statistics_over(runs, &RunResult::test_error_percent);
}

std::optional<Statistics> NetResult::training_error() const {
  return statistics_over(runs, &RunResult::training_error_percent);
}

NetResult finished_runs(const fs::path& runs, Recipe recipe) {
  std::vector<FinishedRun> finished;
  if (fs::is_directory(runs)) {
    for (const auto& entry : fs::directory_iterator(runs)) {
      if (auto run = finished_run({entry.path()})) finished.push_back(std::move(*run));
    }
  }
  const auto longer = [](const Fraction& a, const Fraction& b) { return a.value() > b.value(); };
  std::set<Fraction, decltype(longer)> schedules(longer);
  schedules.insert(recipe.schedule);
  for (const FinishedRun& run : finished) {
    if (run.schedule.value() < recipe.schedule.value()) schedules.insert(run.schedule);
  }
  const Fraction asked = recipe.schedule;
  for (const Fraction& schedule : schedules) {
    recipe.schedule = schedule;
    const auto by_seed = runs_of(finished, recipe);
    if (by_seed.empty()) continue;
    NetResult net{.model = recipe.model, .folders = {}, .runs = {}};
    if (schedule.value() < asked.value()) net.shorter = schedule;
    for (const auto& [seed, run] : by_seed) {
      net.folders.push_back(run);
      net.runs.push_back(read_result(run));
    }
    return net;
  }
  return {.model = recipe.model, .folders = {}, .runs = {}};
}

std::vector<std::uint64_t> missing_seeds(std::int64_t needed, std::uint64_t first,
                                         const std::set<std::uint64_t>& there) {
  std::vector<std::uint64_t> missing;
  for (std::uint64_t seed = first; std::cmp_less(there.size() + missing.size(), needed); ++seed) {
    if (!there.contains(seed)) missing.push_back(seed);
  }
  return missing;
}

std::string verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds:
      return "holds";
    case Verdict::kFails:
      return "does not hold";
    case Verdict::kUndecided:
      return "undecided";
    case Verdict::kOpen:
      return "open";
  }
  fail("unknown verdict");
}

double assumed_deviation(const Fraction& schedule) {
  // A longer schedule than the paper's is not taken to be quieter.
  const double shortened = std::min(schedule.value(), 1.0);
  return std::min(paper::kSeedDeviationPercent / shortened, kLargestAssumedDeviation);
}

Verdict is_above(const Statistics& higher, const Statistics& lower, const Fraction& schedule,
                 std::int64_t sampled_images) {
  const auto variance = [&](const Statistics& s) {
    const double least = s.count < kSeedsThatMeasure ? assumed_deviation(schedule) : paper::kSeedDeviationPercent;
    const double deviation = std::max(s.deviation, least);
    return deviation * deviation / static_cast<double>(s.count);
  };
  const double sampling = 2 * sampling_variance((higher.mean + lower.mean) / 2, sampled_images);
  const double difference = higher.mean - lower.mean;
  if (std::abs(difference) < 2 * std::sqrt(variance(higher) + variance(lower) + sampling)) return Verdict::kUndecided;
  return difference > 0 ? Verdict::kHolds : Verdict::kFails;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "experiment/photo_claims.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <numeric>

#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/stop_request.hpp"
#include "exchange/trained_model.hpp"
#include "tensor/precision.hpp"

namespace resnet {
namespace {

constexpr const char* kTop1 = "top1_error_percent";
constexpr const char* kTop5 = "top5_error_percent";

std::string errors_file(TestView test) { return "errors-" + test_view_name(test) + ".csv"; }

std::string scores_file(TestView test) { return "scores-" + test_view_name(test) + ".safetensors"; }

/// What `value_of` makes of the net's runs, without those of which it makes nothing.
std::optional<Statistics> statistics_over_runs(const NetResult& net,
                                               const std::function<std::optional<double>(const RunFolder&)>& value_of) {
  std::vector<double> values;
  for (const RunFolder& run : net.folders) {
    if (const auto value = value_of(run)) values.push_back(*value);
  }
  return values.empty() ? std::nullopt : std::optional(statistics_of(values));
}

std::optional<Statistics> measured_error(const NetResult& net, TestView test, const char* column) {
  return statistics_over_runs(net, [&](const RunFolder& run) -> std::optional<double> {
    const auto table = measured(run, errors_file(test));
    return table ? std::optional(table->column(column).front()) : std::nullopt;
  });
}

std::optional<CsvTable> test_run(const RunFolder& run, const Recipe& recipe, const LoadedData* data,
                                 const TrainOptions& options, TestView test) {
  const auto& source = std::get<PhotoSource>(*data);
  const TrainedModel model = load_trained_model(run.path);
  model.net->to(options.runtime.device);
  const PhotoSet& set = source.photos.validation;
  const PhotoTest how{test, {recipe.photos.sizes, model.input, source.bad_images}, options.loader_threads};
  ProgressLine line;
  const PrecisionScope precision(recipe.precision, options.runtime.device);
  const auto goes_on = [&](std::int64_t done) {
    line.update(fmt::format("{}: {} test of {} of {} images", run.id(), test_view_name(test), done, set.size()));
    return !stop_requested();
  };
  auto scores = score_photos(*model.net, set, how, options.runtime.device, goes_on,
                             [&](const std::string& sentence) { line.say(sentence); });
  if (!scores) return std::nullopt;
  scores->made_by = fmt::format("{}, {}", run.id(), test_view_name(test));
  save_scores(run.path / scores_file(test), *scores);
  const ScoreErrors errors = errors_of(*scores);
  return CsvTable{{"images", kTop1, kTop5},
                  {{static_cast<double>(errors.images)}, {errors.top1_percent()}, {errors.top5_percent()}},
                  {}};
}

void expect_lower(Report& report, const char* which, const NetResult& lower, const std::optional<Statistics>& low,
                  const NetResult& higher, const std::optional<Statistics>& high) {
  report.expect_higher(fmt::format("{} has a lower {} error than {}", lower.name(), which, higher.name()),
                       {&lower, &higher}, ErrorOf::kTest, high, low);
}

/// The mean training error of the tests in the first half of the run's iterations.
std::optional<double> early_training_error(const RunFolder& run) {
  const CsvTable curve = read_csv(run.eval_csv());
  const auto& iterations = curve.column("iteration");
  const auto& errors = curve.column("training_error_percent");
  std::size_t early = 0;
  while (early < iterations.size() && 2 * iterations[early] <= iterations.back()) ++early;
  if (early == 0) return std::nullopt;
  return std::accumulate(errors.begin(), errors.begin() + static_cast<std::ptrdiff_t>(early), 0.0) /
         static_cast<double>(early);
}

/// The least by which the training error of the first run is above the second's, over the iterations at which both were
/// tested; nothing if at none.
std::optional<double> least_difference(const RunFolder& higher, const RunFolder& lower) {
  const CsvTable high = read_csv(higher.eval_csv());
  const CsvTable low = read_csv(lower.eval_csv());
  std::map<double, double> low_errors;  // by iteration
  for (std::size_t i = 0; i < low.column("iteration").size(); ++i) {
    low_errors[low.column("iteration")[i]] = low.column("training_error_percent")[i];
  }
  std::optional<double> least;
  for (std::size_t i = 0; i < high.column("iteration").size(); ++i) {
    const auto found = low_errors.find(high.column("iteration")[i]);
    if (found == low_errors.end()) continue;
    const double difference = high.column("training_error_percent")[i] - found->second;
    least = std::min(least.value_or(difference), difference);
  }
  return least;
}

}  // namespace

Measurement photo_measurement(TestView test) {
  return {.files = {errors_file(test)},
          .measure = [test](const RunFolder& run, const Recipe& recipe, const LoadedData* data,
                            const TrainOptions& options) { return test_run(run, recipe, data, options, test); },
          .needs_weights = true,
          .runs = MeasuredRuns::kAll};
}

Measurement ensemble_measurement(TestView test) {
  Measurement wanted = photo_measurement(test);
  wanted.files.push_back(scores_file(test));
  return wanted;
}

std::optional<Statistics> top1_error(const NetResult& net, TestView test) { return measured_error(net, test, kTop1); }
std::optional<Statistics> top5_error(const NetResult& net, TestView test) { return measured_error(net, test, kTop5); }

std::vector<ImageScores> photo_scores_of(const NetResult& net, TestView test, std::int64_t most) {
  std::vector<ImageScores> found;
  for (const RunFolder& run : net.folders) {
    const auto file = run.path / scores_file(test);
    if (std::cmp_less(found.size(), most) && std::filesystem::exists(file)) found.push_back(load_scores(file));
  }
  return found;
}

void photo_error_rows(Report& report, const NetResult& net, TestView test, const paper::ReportedErrors& reported) {
  const auto add = [&](const char* error, std::optional<double> percent, const std::optional<Statistics>& ours) {
    if (percent) report.error_row(net, error, paper::ReportedError{*percent}, ours);
  };
  add("top-1 error", reported.top1_percent, top1_error(net, test));
  add("top-5 error", reported.top5_percent, top5_error(net, test));
}

void photo_error_rows(Report& report, std::span<const paper::ReportedMethod> others) {
  for (const paper::ReportedMethod& other : others) {
    const auto add = [&](const char* error, std::optional<double> percent) {
      if (percent) report.error_row(fmt::format("{}, {}", other.name, error), paper::ReportedError{*percent});
    };
    add("top-1 error", other.errors.top1_percent);
    add("top-5 error", other.errors.top5_percent);
  }
}

void gain_row(Report& report, TestView test, const NetResult& better, const NetResult& other, double reported) {
  const auto low = top1_error(better, test);
  const auto high = top1_error(other, test);
  report.row(fmt::format("{} better than {}, points of the top-1 error", better.name(), other.name()), reported,
             low && high ? std::optional(high->mean - low->mean) : std::nullopt, "");
}

void expect_lower_error(Report& report, TestView test, const NetResult& lower, const NetResult& higher) {
  expect_lower(report, "top-1", lower, top1_error(lower, test), higher, top1_error(higher, test));
}

void expect_gains_from_depth(Report& report, TestView test, const std::vector<const NetResult*>& nets) {
  for (std::size_t i = 1; i < nets.size(); ++i) {
    const NetResult& deeper = *nets[i];
    const NetResult& shallower = *nets[i - 1];
    expect_lower_error(report, test, deeper, shallower);
    expect_lower(report, "top-5", deeper, top5_error(deeper, test), shallower, top5_error(shallower, test));
  }
}

void expect_better_than_ensembles(Report& report, TestView test, const NetResult& net) {
  const auto error = top5_error(net, test);
  const bool can_decide = error && !report.setting().is_reduced();
  report.expect(fmt::format("{} alone has a lower top-5 error than the best ensemble before it ({} %)", net.name(),
                            paper::kBestOtherTop5Percent),
                {&net}, can_decide ? std::optional(error->mean < paper::kBestOtherTop5Percent) : std::nullopt,
                error ? std::optional(error->mean) : std::nullopt);
}

void expect_faster_convergence(Report& report, const NetResult& faster, const NetResult& slower) {
  report.expect_higher(fmt::format("{} converges faster than {}: its training error, averaged over the tests of the "
                                   "first half of the iterations, is lower",
                                   faster.name(), slower.name()),
                       {&faster, &slower}, ErrorOf::kTraining, statistics_over_runs(slower, early_training_error),
                       statistics_over_runs(faster, early_training_error));
}

void expect_higher_throughout(Report& report, const NetResult& higher, const NetResult& lower) {
  const auto least = higher.folders.empty() || lower.folders.empty()
                         ? std::nullopt
                         : least_difference(higher.folders.front(), lower.folders.front());
  report.expect(fmt::format("{} has a higher training error than {} throughout the training: the least difference, of "
                            "all tests, is above 0",
                            higher.name(), lower.name()),
                {&higher, &lower}, least ? std::optional(*least > 0) : std::nullopt, least);
}

}  // namespace resnet

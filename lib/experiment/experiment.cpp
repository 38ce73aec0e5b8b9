// SPDX-License-Identifier: MIT
#include "experiment/experiment.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <set>

#include "cli/options.hpp"
#include "cli/run_main.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/stop_request.hpp"
#include "core/stopwatch.hpp"
#include "experiment/run_flags.hpp"
#include "experiment/run_status.hpp"
#include "paper/recipe.hpp"
#include "record/provenance.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kLargestSeed = 1'000'000'000;

/// A net with the recipes of its runs.
struct PlannedNet {
  ModelSpec model;
  std::vector<NeededRun> runs;
};

std::vector<std::int64_t> parse_seeds(const std::string& text) {
  std::vector<std::int64_t> seeds;
  for (const std::string& part : split_list(text)) {
    seeds.push_back(parse_integer(part, 0, kLargestSeed));
    require(std::count(seeds.begin(), seeds.end(), seeds.back()) == 1, "the seed {} is there twice", seeds.back());
  }
  return seeds;
}

/// The nets of the experiment that --depths asks for.
std::vector<paper::NetRuns> chosen_nets(const Options& options, const std::vector<paper::NetRuns>& all) {
  if (!options.given("depths")) return all;
  const auto depths = options.parsed("depths", [](const std::string& text) {
    std::set<std::int64_t> read;
    for (const std::string& part : split_list(text)) read.insert(parse_integer(part, 8, 12'002));
    return read;
  });
  std::vector<paper::NetRuns> chosen;
  for (const std::int64_t depth : depths) {
    const auto has_depth = [&](const paper::NetRuns& net) { return net.model.depth == depth; };
    if (std::none_of(all.begin(), all.end(), has_depth)) {
      options.reject("depths", fmt::format("there is no net of {} layers in this experiment", depth));
    }
    std::copy_if(all.begin(), all.end(), std::back_inserter(chosen), has_depth);
  }
  return chosen;
}

std::vector<PlannedNet> plan(const Options& options, const Experiment& experiment) {
  const std::int64_t first_seed = options.integer("seed", 0, kLargestSeed);
  std::vector<PlannedNet> planned;
  for (const paper::NetRuns& net : chosen_nets(options, experiment.nets)) {
    std::vector<std::int64_t> seeds;
    for (std::int64_t i = 0; i < net.runs; ++i) seeds.push_back(first_seed + i);
    if (options.given("seeds")) seeds = options.parsed("seeds", parse_seeds);
    PlannedNet planned_net{net.model, {}};
    for (const std::int64_t signed_seed : seeds) {
      const auto seed = static_cast<std::uint64_t>(signed_seed);
      Recipe recipe =
          options.is_on("synthetic") ? paper::synthetic_recipe(net.model, seed) : paper::cifar_recipe(net.model, seed);
      apply_run_flags(options, recipe);
      check_recipe(recipe);
      planned_net.runs.push_back({recipe, run_folder(options, recipe)});
    }
    planned.push_back(std::move(planned_net));
  }
  return planned;
}

std::vector<NeededRun> all_runs(const std::vector<PlannedNet>& nets) {
  std::vector<NeededRun> runs;
  for (const PlannedNet& net : nets) runs.insert(runs.end(), net.runs.begin(), net.runs.end());
  return runs;
}

bool is_finished(const NeededRun& run) { return run.folder.is_finished(); }

/// Trains what is not finished yet, one run after the other. Returns false if it was stopped.
bool ensure_runs(const Options& options, const std::vector<NeededRun>& runs, const std::string& command) {
  if (std::all_of(runs.begin(), runs.end(), is_finished)) return true;
  const Stopwatch stopwatch;
  const TrainOptions given = train_options_from(options, command);
  const Cifar10 data = load_data(options);
  for (const NeededRun& run : runs) {
    if (is_finished(run)) continue;
    TrainOptions left = given;
    left.stop_after_seconds -= stopwatch.seconds();
    if (train_with_progress(run.recipe, data, run.folder, left) == TrainOutcome::kStopped) return false;
  }
  return true;
}

std::vector<NetResult> finished_results(const std::vector<PlannedNet>& nets) {
  std::vector<NetResult> results;
  for (const PlannedNet& net : nets) {
    NetResult result{net.model, {}, {}};
    for (const NeededRun& run : net.runs) {
      if (!run.folder.is_finished()) continue;
      result.folders.push_back(run.folder);
      result.runs.push_back(read_result(run.folder));
    }
    results.push_back(std::move(result));
  }
  return results;
}

void print_status(const Experiment& experiment, const std::vector<NeededRun>& runs, bool as_json) {
  const auto status = status_of(runs);
  if (as_json) {
    print_json({{"experiment", experiment.name}, {"runs", status}});
  } else {
    fmt::print("{}", status_table(status));
  }
}

int run(const Options& options, const Experiment& experiment, const std::string& command) {
  const std::vector<PlannedNet> nets = plan(options, experiment);
  const std::vector<NeededRun> runs = all_runs(nets);
  if (options.is_on("status")) {
    print_status(experiment, runs, options.is_on("json"));
    return 0;
  }

  const bool is_done = ensure_runs(options, runs, command);
  const int exit_code = !is_done && stop_requested() ? 1 : 0;
  if (!is_done) fmt::print(stderr, "\nstopped; the same command goes on:\n{}", status_table(status_of(runs)));
  if (std::none_of(runs.begin(), runs.end(), is_finished)) {  // an earlier result stays as it is
    if (options.is_on("json")) print_status(experiment, runs, true);
    return exit_code;
  }

  Report report(experiment.title, finished_results(nets));
  experiment.report(report);
  const std::filesystem::path folder = out_folder(options) / "results" / experiment.name;
  const Recipe& recipe = runs.front().recipe;
  const auto summary =
      report.save(folder, recipe.schedule, precision_name(recipe.precision), options.is_on("synthetic"));
  fmt::print(stderr, "\n{}\n{}\n", read_file(folder / "table.md"), folder.string());
  if (options.is_on("json")) print_json(summary);
  return exit_code;
}

}  // namespace

int run_experiment(int argc, char** argv, const Experiment& experiment) {
  return run_main([&] {
    Options options(experiment.name, experiment.title);
    options.add("depths", "", "only the nets of these depths, e.g. 20,56 [all]");
    options.add("seed", "0", "the first seed");
    options.add("seeds", "", "these seeds for every net, e.g. 0,1,2 [one run a net, five of ResNet-110 in Table 6]");
    options.add_switch("status", "list the runs with their iterations done and time left, and train nothing");
    add_run_flags(options);
    if (!options.parse(argc, argv)) return 0;
    return run(options, experiment, command_line(argc, argv));
  });
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "experiment/experiment.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/file_lock.hpp"
#include "core/stop_request.hpp"
#include "core/stopwatch.hpp"
#include "experiment/flag_values.hpp"
#include "experiment/result_folder.hpp"
#include "experiment/run_flags.hpp"
#include "experiment/run_status.hpp"
#include "image/photo_colors.hpp"
#include "record/provenance.hpp"
#include "train/data_fingerprint.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kLargestSeed = 1'000'000'000;

std::vector<std::int64_t> parse_seeds(const std::string& text) {
  std::vector<std::int64_t> seeds;
  for (const std::string& part : split_list(text)) {
    seeds.push_back(parse_integer(part, 0, kLargestSeed));
    require(std::count(seeds.begin(), seeds.end(), seeds.back()) == 1, "the seed {} is there twice", seeds.back());
  }
  return seeds;
}

/// The first seed asked for.
std::int64_t first_seed(const Options& options) {
  return options.given("seeds") ? options.parsed("seeds", parse_seeds).front()
                                : options.integer("seed", 0, kLargestSeed);
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

NeededRun needed_run(const Options& options, const ModelSpec& model, std::int64_t seed) {
  Recipe recipe = base_recipe(options, model, static_cast<std::uint64_t>(seed));
  apply_run_flags(options, recipe);
  if (takes_photos(recipe)) apply_photo_flags(options, recipe);
  refuse(options, fault_of(recipe));
  return {recipe, run_folder(options, recipe)};
}

/// As many runs of each net as the paper needs, with seeds from --seed on.
std::vector<NeededRun> runs_of_the_paper(const Options& options, const std::vector<paper::NetRuns>& nets) {
  const std::int64_t first_seed = options.integer("seed", 0, kLargestSeed);
  std::vector<NeededRun> runs;
  for (const paper::NetRuns& net : nets) {
    for (std::int64_t i = 0; i < net.runs; ++i) runs.push_back(needed_run(options, net.model, first_seed + i));
  }
  return runs;
}

/// The runs that the command asks for: all of the paper's, or those of --depths and --seeds.
std::vector<NeededRun> runs_asked_for(const Options& options, const std::vector<paper::NetRuns>& all) {
  const std::vector<paper::NetRuns> nets = chosen_nets(options, all);
  if (!options.given("seeds")) return runs_of_the_paper(options, nets);
  const auto seeds = options.parsed("seeds", parse_seeds);
  std::vector<NeededRun> runs;
  for (const paper::NetRuns& net : nets) {
    for (const std::int64_t seed : seeds) runs.push_back(needed_run(options, net.model, seed));
  }
  return runs;
}

bool is_finished(const NeededRun& run) { return run.folder.is_finished(); }

/// Throws Error if a finished run has no result that can be read: it would be neither trained nor reported.
void require_readable(const std::vector<NeededRun>& runs) {
  for (const NeededRun& run : runs) {
    if (is_finished(run)) read_result(run.folder);
  }
}

/// What came of training the runs that were asked for.
struct Ensured {
  Stopwatch stopwatch;              ///< Since the first of them began.
  bool stopped = false;             ///< By a signal, or since the time is over.
  std::vector<std::string> held;    ///< What is wrong with those that another process is training.
  std::vector<std::string> failed;  ///< What is wrong with those that cannot go on.
};

/// Trains what is not finished yet, one run after the other; those that another process is at are tried once more after
/// the others, and one that cannot go on does not keep the others from it. Needs data only if there is such a run.
Ensured ensure_runs(const std::vector<NeededRun>& runs, const TrainOptions& given,
                    const std::optional<LoadedData>& data) {
  Ensured ensured;
  const auto tell_why = [&](const Error& error) {
    if (runs.size() > 1) tell("{}; the other runs go on\n", error.what());
  };
  std::vector<NeededRun> left = runs;
  for (const bool is_again : {false, true}) {  // by then the other process may have finished its run, or left it
    ensured.held.clear();
    for (const NeededRun& run : std::exchange(left, {})) {
      if (is_finished(run)) continue;
      TrainOptions options = given;
      options.stop_after_seconds -= ensured.stopwatch.seconds();
      try {
        // A run makes one step at least: after a late stop of the one before, that would be one of a run not asked for.
        ensured.stopped =
            stop_requested() || train_with_progress(run.recipe, *data, run.folder, options) == TrainOutcome::kStopped;
        if (ensured.stopped) return ensured;
      } catch (const LockHeld& error) {
        ensured.held.emplace_back(error.what());
        left.push_back(run);
        if (!is_again) tell_why(error);
      } catch (const OtherData&) {
        throw;
      } catch (const Error& error) {
        ensured.failed.emplace_back(error.what());
        tell_why(error);
      }
    }
  }
  return ensured;
}

/// The finished runs of a net, and the recipe that they share but for the seed.
struct Finished {
  Recipe recipe;
  NetResult result;
};

/// Leaves the run of this seed or, if it is not there, that of the lowest.
void keep_one(NetResult& net, std::uint64_t seed) {
  if (net.runs.empty()) return;
  auto run = std::ranges::find(net.runs, seed, &RunResult::seed);
  if (run == net.runs.end()) run = net.runs.begin();
  net.folders = {net.folders[static_cast<std::size_t>(run - net.runs.begin())]};
  net.runs = {*run};
}

/// Those whose recipe is that of the net's first run as the paper needs it, whatever their seed; or shorter ones.
Finished finished_runs_of(const Experiment& experiment, const Options& options, const paper::NetRuns& net) {
  Recipe recipe = runs_of_the_paper(options, {net}).front().recipe;
  NetResult result = finished_runs(out_folder(options) / "runs", recipe);
  if (experiment.measurement && experiment.measurement->runs == MeasuredRuns::kFirst) {
    keep_one(result, static_cast<std::uint64_t>(first_seed(options)));
  }
  recipe.schedule = result.shorter.value_or(recipe.schedule);
  return {recipe, std::move(result)};
}

/// Throws Error if a finished run of the nets, on which the report would be, was on other images than those at hand.
void require_finished_on(const LoadedData& data, const Experiment& experiment, const Options& options,
                         const std::vector<paper::NetRuns>& nets) {
  const std::string fingerprint = data_fingerprint(data);
  for (const paper::NetRuns& net : nets) {
    for (const RunFolder& run : finished_runs_of(experiment, options, net).result.folders)
      require_same_data(run, fingerprint);
  }
}

/// Throws Error unless the runs were all on the same images.
void require_same_images(const std::vector<Finished>& nets) {
  std::string first;
  std::string expected;
  for (const Finished& net : nets) {
    for (std::size_t i = 0; i < net.result.runs.size(); ++i) {
      const std::string run = net.result.folders[i].path.string();
      const std::string& found = net.result.runs[i].data_fingerprint;
      if (first.empty()) {
        first = run;
        expected = found;
      }
      require(found == expected,
              "{} and {}: were made with different images (fingerprints {} and {}), and a report is on one set of "
              "them; move the folder of the wrong run away, or give another --out",
              first, run, expected, found);
    }
  }
}

/// What came of measuring the finished runs.
enum class Measured {
  kAll,
  kNotAll,  ///< Some do not have what it takes.
  kStopped,
};

/// Tells the person if not.
bool has_weights(const RunFolder& run) {
  if (std::filesystem::exists(run.weights())) return true;
  tell(
      "{}: has no weights, which a published run may lack, and cannot be measured; put its weights.safetensors back, "
      "or remove the folder to train it anew\n",
      run.path.string());
  return false;
}

bool is_measured(const RunFolder& run, const Measurement& wanted) {
  const auto is_there = [&](const std::string& file) { return std::filesystem::exists(run.path / file); };
  return std::ranges::all_of(wanted.files, is_there) && measured(run, wanted.files.front());
}

/// Measures what is not measured yet, one run after the other, until a stop is asked for or the time is over; at least
/// one, unless the time ended in a training.
Measured ensure_measurements(const Measurement& wanted, const std::vector<Finished>& nets, const Options& options,
                             const TrainOptions& given, const Ensured& trained, std::optional<LoadedData>& data) {
  Measured outcome = Measured::kAll;
  bool is_over = trained.stopped;
  for (const auto& [recipe, net] : nets) {
    for (const RunFolder& run : net.folders) {
      if (is_measured(run, wanted)) continue;
      if (is_over || stop_requested()) return Measured::kStopped;
      if (wanted.needs_weights && !has_weights(run)) {
        outcome = Measured::kNotAll;
        continue;
      }
      if (!data && wanted.needs_images) data = load_data(options, recipe.model.design);
      if (data) require_same_data(run, data_fingerprint(*data));
      require_writable(run.path);
      if (const auto table = wanted.measure(run, recipe, data ? &*data : nullptr, given)) {
        write_csv(run.path / wanted.files.front(), *table);
        is_over = trained.stopwatch.seconds() >= given.stop_after_seconds;
      } else if (stop_requested()) {
        return Measured::kStopped;
      } else {
        outcome = Measured::kNotAll;
      }
    }
  }
  return outcome;
}

std::optional<PhotoSetting> photo_setting(const std::optional<LoadedData>& data, const Recipe& recipe) {
  if (!takes_photos(recipe)) return std::nullopt;
  const Photos& photos = std::get<PhotoSource>(*data).photos;
  return PhotoSetting{recipe.model.classes,
                      photos.train.size(),
                      photos.validation.size(),
                      recipe.photos.sizes.crop,
                      recipe.batch,
                      recipe.micro_batch,
                      recipe.photos.colors != imagenet_colors()};
}

Report report_on(const Experiment& experiment, const std::vector<paper::NetRuns>& nets, const Options& options,
                 const std::vector<NeededRun>& asked, const TrainOptions& given, const Ensured& trained,
                 std::optional<LoadedData>& data) {
  ReportSetting setting;
  const Recipe& recipe = asked.front().recipe;
  setting.schedule = recipe.schedule;
  setting.precision = precision_name(recipe.precision);
  setting.kernels = kernels_name(recipe.kernels);
  setting.is_synthetic = options.is_on("synthetic");
  setting.photos = photo_setting(data, recipe);
  const auto first_seed = static_cast<std::uint64_t>(options.integer("seed", 0, kLargestSeed));
  std::vector<Finished> finished;
  for (const paper::NetRuns& net : nets) {
    finished.push_back(finished_runs_of(experiment, options, net));
    const NetResult& result = finished.back().result;
    std::set<std::uint64_t> there;
    for (const RunResult& run : result.runs) {
      if (!result.shorter) there.insert(run.seed);
    }
    for (const std::uint64_t seed : missing_seeds(net.runs, first_seed, there)) {
      setting.missing_runs.push_back(needed_run(options, net.model, static_cast<std::int64_t>(seed)).folder.id());
    }
  }
  require_same_images(finished);
  Measured outcome = Measured::kAll;
  if (experiment.measurement) {
    outcome = ensure_measurements(*experiment.measurement, finished, options, given, trained, data);
  }
  if (outcome == Measured::kStopped && !trained.stopped) {
    tell("\nstopped before all was measured; the same command goes on\n");
  }
  setting.is_finished = outcome == Measured::kAll && std::ranges::all_of(asked, is_finished);
  std::vector<NetResult> results;
  for (Finished& net : finished) results.push_back(std::move(net.result));
  Report report(experiment.title, std::move(setting), std::move(results));
  experiment.report(report);
  return report;
}

/// Writes the report on what is finished, unless that is nothing, or shorter runs alone: an earlier result then stays
/// as it is.
void save(const Experiment& experiment, const Options& options, const Report& report) {
  const auto says_nothing = [](const NetResult& net) { return net.runs.empty() || net.shorter; };
  if (std::ranges::all_of(report.nets(), says_nothing)) return;
  const std::filesystem::path results = out_folder(options) / "results";
  const std::filesystem::path folder = result_folder(results, experiment.name, report.setting());
  if (folder.filename() != experiment.name) {
    tell(
        "{}: this result has a folder of its own, so that one of fp32 on our kernels, of a longer schedule, "
        "of ImageNet as in the paper or of real data is not replaced\n",
        folder.string());
  }
  tell("\n{}\n", table_of(report));  // first: the numbers must not wait for a disk, or for gnuplot
  save_report(report, folder);
  tell("{}\n", folder.string());
}

/// The nets, with as many classes as photographs have.
std::vector<paper::NetRuns> with_classes_of(const std::optional<LoadedData>& data, std::vector<paper::NetRuns> nets) {
  const auto* photos = data ? std::get_if<PhotoSource>(&*data) : nullptr;
  for (paper::NetRuns& net : nets) {
    if (photos != nullptr) net.model.classes = photos->classes();
  }
  return nets;
}

int run(const Options& options, const Experiment& experiment, const std::string& command) {
  refuse_together(options, "seeds", "seed");
  const Design design = experiment.nets.front().model.design;
  std::optional<LoadedData> data;
  if (design != Design::kCifar) data = load_data(options, design);  // its classes are the nets'
  const std::vector<paper::NetRuns> nets = with_classes_of(data, experiment.nets);
  const std::vector<NeededRun> asked = runs_asked_for(options, nets);
  // Flags are wrong or right whether or not there is anything left to train.
  check_against_images(options, asked.front().recipe, data ? std::get_if<PhotoSource>(&*data) : nullptr);
  const TrainOptions given = train_options_from(options, command);
  require_readable(asked);
  if (!data && options.given("data")) data = load_data(options, design);
  if (data) require_finished_on(*data, experiment, options, nets);
  std::vector<NeededRun> known = runs_of_the_paper(options, nets);
  known.insert(known.end(), asked.begin(), asked.end());
  const auto status = [&] { return status_of(asked, known); };
  const bool as_json = options.is_on("json");
  if (options.is_on("status")) {
    if (as_json) {
      print_json({{"experiment", experiment.name}, {"runs", status()}});
    } else {
      print_text(status_table(status()));
    }
    return 0;
  }

  if (!data && !std::ranges::all_of(asked, is_finished)) {
    data = load_data(options, design);
    require_finished_on(*data, experiment, options, nets);
  }
  for (const NeededRun& needed : asked) {
    if (!is_finished(needed)) require_writable(needed.folder.path);
  }
  const Ensured ensured = ensure_runs(asked, given, data);
  if (ensured.stopped) tell("\nstopped; the same command goes on:\n{}", status_table(status()));
  const Report report = report_on(experiment, nets, options, asked, given, ensured, data);
  if (as_json) print_json(summary_of(report));
  save(experiment, options, report);
  std::vector<std::string> problems = ensured.failed;
  // After a stop, runs that other processes are at are left to the next command.
  if (!ensured.stopped) problems.insert(problems.end(), ensured.held.begin(), ensured.held.end());
  require(problems.empty(), "{} of the runs could not be trained here: {}", problems.size(), fmt::join(problems, "; "));
  return stop_requested() && !report.setting().is_finished ? 1 : 0;
}

}  // namespace

int run_experiment(int argc, char** argv, const Experiment& experiment) {
  return run_main([&] {
    Options options(experiment.name, experiment.title);
    options.add("depths", "", "only the nets of these depths, e.g. 20,56 [all]");
    options.add("seed", "0", "the first seed");
    options.add("seeds", "", "these seeds for every net, e.g. 0,1,2 [as many as the paper has: one of most nets]");
    options.add_switch("status", "list the runs with their iterations done and time left, and train nothing");
    add_run_flags(options);
    if (experiment.nets.front().model.design != Design::kCifar) {
      add_bad_images_flag(options);
      add_photo_flags(options);
    }
    if (!options.parse(argc, argv)) return 0;
    return run(options, experiment, command_line(argc, argv));
  });
}

}  // namespace resnet

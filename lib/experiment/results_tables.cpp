// SPDX-License-Identifier: MIT
#include "experiment/results_tables.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "cli/progress.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/fraction.hpp"
#include "core/json.hpp"
#include "experiment/report.hpp"
#include "experiment/run_report.hpp"
#include "experiment/run_status.hpp"
#include "paper/cifar.hpp"
#include "paper/recipe.hpp"
#include "record/markdown_table.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Runs = std::vector<PublishedRun>;

bool has_the_papers_shortcut(const ModelSpec& model) {
  return model.shortcut == parse_model_name(model_name(model)).shortcut;
}

/// Whether two runs differ in the seed alone, and how rows follow each other: plain nets first, then by depth.
auto row_key(const PublishedRun& run) {
  return std::tuple(run.model.family, run.model.depth, run.model.shortcut, run.result.precision, run.kernels);
}

/// The runs of each row, by seed: those of the net's longest schedule.
std::vector<Runs> rows_of(const Runs& runs) {
  using Net = std::tuple<Family, std::int64_t, Shortcut>;
  const auto net_of = [](const PublishedRun& run) {
    return Net(run.model.family, run.model.depth, run.model.shortcut);
  };
  std::map<Net, double> longest;
  for (const PublishedRun& run : runs) longest[net_of(run)] = std::max(longest[net_of(run)], run.schedule.value());
  std::map<decltype(row_key(runs.front())), Runs> rows;
  for (const PublishedRun& run : runs) {
    if (run.schedule.value() == longest[net_of(run)]) rows[row_key(run)].push_back(run);
  }
  std::vector<Runs> sorted;
  for (auto& [key, row] : rows) {
    std::ranges::sort(row, {}, [](const PublishedRun& run) { return run.result.seed; });
    sorted.push_back(std::move(row));
  }
  return sorted;
}

std::optional<paper::ReportedError> papers_error(const ModelSpec& model) {
  const paper::ReportedNet* row = paper::table6_row(model.depth);
  if (model.family == Family::kPlain || row == nullptr || !has_the_papers_shortcut(model)) return std::nullopt;
  return row->error;
}

/// The first of the results that hold most of these runs.
const PublishedResult& result_of(const Runs& runs, const std::vector<PublishedResult>& results) {
  const auto held = [&](const PublishedResult& result) {
    return std::ranges::count_if(result.runs, [&](const RunFolder& run) {
      return std::ranges::any_of(runs, [&](const PublishedRun& one) { return one.folder.id() == run.id(); });
    });
  };
  return *std::ranges::max_element(results, {}, held);
}

std::vector<std::string> row_of(const Runs& runs, const std::vector<PublishedResult>& results, const fs::path& page) {
  const RunResult& first = runs.front().result;
  const ModelSpec& model = runs.front().model;
  NetResult net{.model = model, .folders = {}, .runs = {}};
  for (const PublishedRun& run : runs) net.runs.push_back(run.result);
  Report cells("", {.schedule = runs.front().schedule}, {});
  cells.error_row(net, "test error", papers_error(model), net.test_error());
  cells.error_row(net, "training error", std::nullopt, net.training_error());
  const TableLine& test = cells.lines().front();
  std::vector<std::uint64_t> seeds;
  std::set<std::string> machines;
  double seconds = 0;
  for (const PublishedRun& run : runs) {
    seeds.push_back(run.result.seed);
    machines.merge(machines_of(run.folder));
    seconds += run.result.seconds / static_cast<double>(runs.size());
  }
  return {paper_name(model) + (has_the_papers_shortcut(model) ? "" : " " + shortcut_name(model)),
          test.paper,
          test.ours,
          test.deviation,
          cells.lines().back().ours,
          first.schedule,
          first.precision + (runs.front().kernels == "fast" ? "" : ", " + runs.front().kernels),
          fmt::format("{}", fmt::join(seeds, ", ")),
          human_duration(seconds),
          fmt::format("{}", fmt::join(machines, "; ")),
          result_of(runs, results).link(page)};
}

std::string verdict_text(const Json& claim) {
  if (const auto holds = field_of<bool>(claim, "holds")) {
    return verdict_name(*holds ? Verdict::kHolds : Verdict::kFails);
  }
  return field_of<std::string>(claim, "holds").value_or(verdict_name(Verdict::kOpen));
}

/// A claim of a published result of which something is known. What is computed has no schedule and no precision: "-".
struct KnownClaim {
  std::string papers;  // the text as the paper has it, whatever schedules our nets have
  std::string text;
  std::string verdict;
  std::string measured;
  std::string schedule;
  std::string precision;
  double length = 0;        // of the schedule
  bool is_reduced = false;  // on other images than the paper's, or of other sizes
  std::string shortfall;    // what its runs lack to decide the claim; empty if nothing
  const PublishedResult* result = nullptr;
};

KnownClaim known_claim(const Json& claim, const PublishedResult& result) {
  const bool is_computed = field_of<bool>(result.summary, "computed").value_or(false);
  const bool is_reduced = field_of<bool>(result.summary, "reduced").value_or(false);
  const auto of_the_runs = [&](const char* key) {
    if (is_computed) return std::string("-");
    return field_of<std::string>(claim, key).value_or(field_of<std::string>(result.summary, key).value_or("-"));
  };
  const auto measured = field_of<double>(claim, "measured");
  const std::string schedule = of_the_runs("schedule");
  const std::string kernels = field_of<std::string>(result.summary, "kernels").value_or("fast");
  const double length = schedule == "-" ? 1 : Fraction::parse(schedule).value();
  const std::string text = field_of<std::string>(claim, "text").value_or("-");
  return {.papers = without_schedules(text),
          .text = text,
          .verdict = verdict_text(claim),
          .measured = measured ? fmt::format("{:.2f}", *measured) : "-",
          .schedule = schedule,
          .precision = of_the_runs("precision") + (kernels == "fast" ? "" : ", " + kernels),
          .length = length,
          .is_reduced = is_reduced,
          .shortfall = is_reduced   ? "reduced"
                       : length < 1 ? "at " + schedule
                                    : "",
          .result = &result};
}

/// The verdict on the paper's claim, which runs that fall short of the paper's leave open.
std::string papers_verdict(const KnownClaim& claim) {
  const std::string open = verdict_name(Verdict::kOpen);
  if (claim.shortfall.empty() || claim.verdict == open) return claim.verdict;
  return fmt::format("{} ({}: {})", open, claim.shortfall, claim.verdict);
}

/// How much what is known of a claim is worth: that it is decided, on the paper's images, and by how long a schedule.
auto worth_of(const KnownClaim& claim) {
  return std::tuple(claim.verdict != verdict_name(Verdict::kOpen), !claim.is_reduced, claim.length);
}

/// Of each claim the results that are worth most over all precisions, one for each precision: the first of those with
/// the most runs.
std::vector<KnownClaim> best_known(const std::vector<KnownClaim>& all) {
  std::map<std::string, decltype(worth_of(all.front()))> most;
  std::map<std::pair<std::string, std::string>, std::size_t> runs;
  for (const KnownClaim& claim : all) {
    const auto [known, is_new] = most.emplace(claim.papers, worth_of(claim));
    if (!is_new) known->second = std::max(known->second, worth_of(claim));
  }
  const auto is_worth_most = [&](const KnownClaim& claim) { return worth_of(claim) == most.at(claim.papers); };
  for (const KnownClaim& claim : all) {
    std::size_t& count = runs[{claim.papers, claim.precision}];
    if (is_worth_most(claim)) count = std::max(count, claim.result->runs.size());
  }
  std::vector<KnownClaim> best;
  std::set<std::pair<std::string, std::string>> there;
  for (const KnownClaim& claim : all) {
    const std::pair key(claim.papers, claim.precision);
    if (is_worth_most(claim) && claim.result->runs.size() == runs[key] && there.insert(key).second) {
      best.push_back(claim);
    }
  }
  return best;
}

/// How many claims only want for runs, each counted once, by the first result that has it: "13 in fig6_cifar_training".
std::vector<std::string> counts_by_result(const std::vector<KnownClaim>& unknown, const std::vector<KnownClaim>& known,
                                          const fs::path& page) {
  std::set<std::string> counted;
  for (const KnownClaim& claim : known) counted.insert(claim.papers);
  std::vector<std::pair<const PublishedResult*, std::size_t>> counts;
  for (const KnownClaim& claim : unknown) {
    if (!counted.insert(claim.papers).second) continue;
    if (counts.empty() || counts.back().first != claim.result) counts.emplace_back(claim.result, 0);
    ++counts.back().second;
  }
  std::vector<std::string> texts;
  for (const auto& [result, count] : counts) texts.push_back(fmt::format("{} in {}", count, result->link(page)));
  return texts;
}

/// A table's place in a page, and what makes it.
struct Place {
  const char* begin;
  const char* end;
  std::function<std::string(const std::vector<PublishedResult>&, const fs::path&)> table;
};

std::vector<Place> places() {
  // What is trained at full length here is trained in bfloat16: docs/speed.md says why it may be.
  const auto missing_runs = [](const auto& results, const auto&) { return missing_runs_table(results, "bf16"); };
  return {
      {"<!-- nets: ./run results_tables writes them -->\n", "<!-- end of the nets -->\n", nets_table},
      {"<!-- claims: ./run results_tables writes them -->\n", "<!-- end of the claims -->\n", claims_table},
      {"<!-- missing runs: ./run results_tables writes them -->\n", "<!-- end of the missing runs -->\n", missing_runs},
  };
}

}  // namespace

std::string nets_table(const std::vector<PublishedResult>& results, const fs::path& page) {
  std::vector<std::vector<std::string>> rows;
  for (const Runs& runs : rows_of(published_runs(results))) rows.push_back(row_of(runs, results, page));
  return markdown_table({"net", "paper's test error", "ours", "deviation", "training error", "schedule", "precision",
                         "seed", "time", "hardware", "result"},
                        rows);
}

std::string claims_table(const std::vector<PublishedResult>& results, const fs::path& page) {
  std::vector<KnownClaim> known;
  std::vector<KnownClaim> unknown;
  for (const PublishedResult& result : results) {
    const auto claims = result.summary.find("claims");
    if (claims == result.summary.end() || !claims->is_array()) continue;
    for (const Json& claim : *claims) {
      KnownClaim one = known_claim(claim, result);
      const bool lacks_runs = one.verdict == verdict_name(Verdict::kOpen) && one.measured == "-";
      (lacks_runs ? unknown : known).push_back(std::move(one));
    }
  }
  std::vector<std::vector<std::string>> rows;
  for (const KnownClaim& claim : best_known(known)) {
    rows.push_back(
        {claim.text, papers_verdict(claim), claim.measured, claim.schedule, claim.precision, claim.result->link(page)});
  }
  const std::vector<std::string> open = counts_by_result(unknown, known, page);
  return markdown_table({"claim", "verdict", "measured", "schedule", "precision", "result"}, rows) +
         (open.empty() ? "" : fmt::format("\nOpen, for want of runs: {}.\n", fmt::join(open, ", ")));
}

std::string missing_runs_table(const std::vector<PublishedResult>& results, const std::string& precision) {
  std::vector<NeededRun> known;
  const auto recipe_of = [&](const ModelSpec& model, std::uint64_t seed) {
    Recipe recipe = paper::cifar_recipe(model, seed);
    recipe.precision = parse_precision(precision);
    return recipe;
  };
  for (const PublishedRun& run : published_runs(results)) {
    if (run.result.precision != precision || run.kernels != "fast") continue;
    Recipe recipe = recipe_of(run.model, run.result.seed);
    recipe.schedule = run.schedule;
    known.push_back({recipe, run.folder});
  }
  const fs::path nowhere = "/dev/null";  // a run that is not published has no folder, in which it might have begun
  std::vector<NeededRun> missing;
  for (const auto& nets : {paper::figure6_nets(), paper::table6_nets()}) {
    for (const paper::NetRuns& net : nets) {
      std::set<std::uint64_t> there;
      for (const NeededRun& run : known) {
        if (run.folder.id() == run_id(recipe_of(net.model, run.recipe.seed))) there.insert(run.recipe.seed);
      }
      for (const std::uint64_t seed : missing_seeds(net.runs, /*first=*/0, there)) {
        const Recipe recipe = recipe_of(net.model, seed);
        const std::string id = run_id(recipe);
        const auto is_it = [&](const NeededRun& run) { return run.folder.id() == id; };
        if (std::ranges::none_of(missing, is_it)) missing.push_back({recipe, {nowhere / id}});
      }
    }
  }
  std::vector<std::vector<std::string>> rows;
  for (const Json& row : status_of(missing, known)) {
    const Json& seconds = row.at("seconds_left");
    rows.push_back(
        {row.at("run").get<std::string>(), seconds.is_null() ? "unknown" : human_duration(seconds.get<double>())});
  }
  return markdown_table({"run", "time"}, rows);
}

void write_results_tables(const std::vector<PublishedResult>& results, const fs::path& file) {
  std::string text = read_file(file);
  bool has_place = false;
  std::string expected;
  for (const Place& place : places()) {
    expected += place.begin;
    const auto begin = text.find(place.begin);
    if (begin == std::string::npos) continue;
    has_place = true;
    const auto start = begin + std::string(place.begin).size();
    const auto end = text.find(place.end, start);
    require(end != std::string::npos, "{}: has no line {} after {}", file.string(), place.end, place.begin);
    text.replace(start, end - start, place.table(results, fs::absolute(file).parent_path()));
  }
  require(has_place, "{}: has no place for a table; expected one of the lines\n{}", file.string(), expected);
  write_atomically(file, text);
}

}  // namespace resnet

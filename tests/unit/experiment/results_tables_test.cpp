// SPDX-License-Identifier: MIT
#include "experiment/results_tables.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "unit/experiment/made_up_runs.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

/// Results as `publish` leaves them.
class Results {
 public:
  const fs::path& root() const { return folder_.path(); }
  fs::path folder(const std::string& name) const { return root() / "experiments" / "results" / name; }
  std::vector<PublishedResult> read() const { return published_results(root() / "experiments" / "results"); }

  RunFolder add(const std::string& result, const Recipe& recipe, double training_error, double test_error,
                const std::string& data = "cifar10", const std::string& evaluated_on = "test") {
    if (!fs::exists(folder(result) / "summary.json")) write_atomically(folder(result) / "summary.json", "{}");
    const RunFolder run = write_run(folder(result) / "runs", recipe, training_error, test_error);
    RunResult numbers = read_result(run);
    numbers.shortcut = shortcut_name(recipe.model);
    numbers.data = data;
    numbers.evaluated_on = evaluated_on;
    write_result(run, numbers);
    return run;
  }

  std::string nets() const { return nets_table(read(), root()); }

 private:
  TempFolder folder_;
};

std::ptrdiff_t rows_in(const std::string& table) { return std::ranges::count(table, '\n') - 2; }

/// The table's rows without what pads their cells.
std::string squeezed(std::string table) {
  const auto both_blank = [](char a, char b) { return a == ' ' && b == ' '; };
  table.erase(std::ranges::unique(table, both_blank).begin(), table.end());
  return table;
}

TEST_CASE("each published net stands beside the paper's, with schedule, precision, seeds, time, hardware and result") {
  Results results;
  results.add("table6_cifar_depth", recipe_of("resnet20"), 1, 9);
  results.add("fig1_plain_degradation", recipe_of("plain56", 3), 5, 14);
  const std::string table = squeezed(results.nets());
  CHECK_THAT(table, Contains("| ResNet-20 | 8.75 % | 9.00 % | +0.25 | 1.00 % | 1 | fp32 | 0 | 1 h 30 min | AMD EPYC, 2 "
                             "threads | [table6_cifar_depth](experiments/results/table6_cifar_depth) |"));
  CHECK_THAT(table, Contains("| plain-56 | - | 14.00 % | - | 5.00 % | 1 | fp32 | 3 |"));
  CHECK(table.find("plain-56") < table.find("ResNet-20"));
  CHECK_THAT(nets_table(results.read(), results.root() / "experiments"), Contains("(results/table6_cifar_depth)"));
}

TEST_CASE("seeds are a mean with its deviation, in the order of numbers, and as in Table 6 for ResNet-110") {
  Results results;
  for (const std::uint64_t seed : {2, 10, 1}) {
    results.add("fig6_cifar_training", recipe_of("resnet20", seed), 1, 8 + static_cast<double>(seed == 10));
    results.add("table6_cifar_depth", recipe_of("resnet110", seed), 1, 6 + static_cast<double>(seed == 2));
  }
  const std::string table = squeezed(results.nets());
  CHECK_THAT(table, Contains("| ResNet-20 | 8.75 % | 8.33 ± 0.58 % | -0.42 | 1.00 ± 0.00 % | 1 | fp32 | 1, 2, 10 |"));
  CHECK_THAT(table, Contains("| ResNet-110 | 6.43 (6.61 ± 0.16) % | 6.00 (6.33 ± 0.58) % | -0.43 (-0.28) |"));
}

TEST_CASE(
    "a net is shown by its longest schedule, in each way that it was computed, and without a deviation if short") {
  Results results;
  Recipe recipe = recipe_of("resnet20", 0, Fraction::parse("1/64"));
  results.add("one", recipe, 30, 31);
  recipe.schedule = Fraction::parse("1/4");
  results.add("one", recipe, 10, 11);
  results.add("two", recipe, 10, 11);
  recipe.precision = Precision::kBFloat16;
  results.add("two", recipe, 12, 13);
  recipe.precision = Precision::kFloat32;
  recipe.kernels = Kernels::kEager;
  results.add("three", recipe, 14, 15);
  write_atomically(results.folder("three") / "summary.json", R"({"kernels": "eager"})");
  const std::string table = squeezed(results.nets());
  CHECK(rows_in(table) == 3);
  CHECK_THAT(table, Contains("| 8.75 % | 11.00 % | - | 10.00 % | 1/4 | fp32 | 0 |") && Contains("[one]") &&
                        Contains("| 13.00 % | - | 12.00 % | 1/4 | bf16 |") &&
                        Contains("| 15.00 % | - | 14.00 % | 1/4 | fp32, eager |"));
}

TEST_CASE("the link is to the result that holds the most of a row's runs") {
  Results results;
  results.add("a", recipe_of("resnet20", 0), 1, 9);
  results.add("b", recipe_of("resnet20", 0), 1, 9);
  results.add("b", recipe_of("resnet20", 1), 1, 9);
  CHECK_THAT(results.nets(), Contains("[b]") && !Contains("[a]"));
}

TEST_CASE("an option that is not the paper's is part of the name, and its error has no number beside it") {
  Results results;
  Recipe recipe = recipe_of("resnet20");
  recipe.model.shortcut = Shortcut::kProjectionWhereNeeded;
  results.add("options", recipe, 1, 9);
  CHECK_THAT(squeezed(results.nets()), Contains("| ResNet-20 B | - | 9.00 % | - |"));
}

TEST_CASE("runs on other images, stray files and folders that are no published result are left out") {
  Results results;
  results.add("photographs", recipe_of("resnet20"), 1, 9, "photos");
  results.add("validation", recipe_of("resnet20"), 1, 9, "cifar10", "validation");
  write_run(results.folder("loose") / "runs", recipe_of("resnet56"), 1, 9);
  write_atomically(results.folder("photographs") / "runs" / "stray", "");
  CHECK(rows_in(results.nets()) == 0);
}

TEST_CASE("what is broken in the published results is named") {
  Results results;
  CHECK_THROWS_WITH(results.read(), Contains("results: is no folder"));
  const RunFolder run = results.add("one", recipe_of("resnet20"), 1, 9);
  const RunFolder other = results.add("two", recipe_of("resnet20"), 1, 9);
  RunResult numbers = read_result(other);
  numbers.test_error_percent = 8;
  write_result(other, numbers);
  CHECK_THROWS_WITH(results.nets(), Contains(run.path.string()) && Contains(other.path.string()) &&
                                        Contains("two runs with different numbers"));
  numbers.shortcut = "Z";
  write_result(other, numbers);
  CHECK_THROWS_WITH(results.nets(), Contains(other.result().string()) && Contains("'Z'"));
  fs::remove(other.result());
  CHECK_THROWS_WITH(results.nets(), Contains(other.path.string()) && Contains("not finished"));
  write_atomically(results.folder("two") / "summary.json", "[");
  CHECK_THROWS_WITH(results.read(), Contains("summary.json: is not a JSON object"));
}

TEST_CASE("each claim stands with its verdict, and those that nothing is known of are counted") {
  Results results;
  write_atomically(results.folder("fig") / "summary.json", R"({"schedule": "1", "precision": "bf16", "claims": [
      {"text": "one", "holds": true, "measured": 1.5}, {"text": "two", "holds": false, "measured": null},
      {"text": "three", "holds": "undecided", "measured": -0.1}, {"text": "four", "holds": null, "measured": 2},
      {"text": "five", "holds": null, "measured": null}, {"text": "six", "holds": null}]})");
  const std::string table = squeezed(claims_table(results.read(), results.root()));
  CHECK_THAT(table, Contains("| one | holds | 1.50 | 1 | bf16 | [fig](experiments/results/fig) |") &&
                        Contains("| two | does not hold | - |") && Contains("| three | undecided | -0.10 |") &&
                        Contains("| four | open | 2.00 |"));
  CHECK_THAT(table, !Contains("five") && !Contains("six"));
  CHECK_THAT(table, Contains("\nOpen, for want of runs: 2 in [fig](experiments/results/fig).\n"));
}

TEST_CASE("a claim that wants for runs in several results is counted once, and not where another knows something") {
  Results results;
  const auto add = [&](const std::string& name, const std::string& claims) {
    write_atomically(results.folder(name) / "summary.json",
                     R"({"schedule": "1", "precision": "bf16", "claims": [)" + claims + "]}");
  };
  const std::string unknown = R"({"text": "one", "holds": null, "measured": null})";
  add("fig6", unknown);
  add("fig7", R"({"text": "two", "holds": null, "measured": null})");
  add("table6", unknown + R"(, {"text": "three", "holds": null, "measured": null})");
  add("zoo", R"({"text": "two", "holds": true, "measured": 1})");
  CHECK_THAT(claims_table(results.read(), results.root()),
             Contains("\nOpen, for want of runs: 1 in [fig6](experiments/results/fig6), 1 in "
                      "[table6](experiments/results/table6).\n"));
}

TEST_CASE("a claim stands by its longest schedule, and is open where that is shorter than the paper's") {
  Results results;
  const auto add = [&](const std::string& name, const std::string& setting, const std::string& claims) {
    write_atomically(results.folder(name) / "summary.json", "{" + setting + R"(, "claims": [)" + claims + "]}");
  };
  const std::string one_holds = R"({"text": "one", "holds": true, "measured": 1})";
  add("full", R"("schedule": "1", "precision": "bf16")", R"({"text": "one", "holds": false, "measured": -2})");
  add("other", R"("schedule": "1", "precision": "bf16")", one_holds);
  add("fp32", R"("schedule": "1", "precision": "fp32")", one_holds);
  add("short", R"("schedule": "1/64", "precision": "fp32")",
      one_holds +
          R"(, {"text": "two", "holds": false, "measured": 3},
               {"text": "three", "holds": null, "measured": 4, "schedule": "1/256"})");
  add("shorter", R"("schedule": "1/128", "precision": "bf16")", R"({"text": "two", "holds": true, "measured": 5})");
  add("zoo", R"("schedule": "1", "precision": "fp32", "reduced": true)",
      one_holds + R"(, {"text": "four", "holds": "undecided", "measured": 6})");
  const std::string table = squeezed(claims_table(results.read(), results.root()));
  CHECK(rows_in(table) == 5);
  CHECK_THAT(table, Contains("| one | does not hold | -2.00 | 1 | bf16 | [full]") &&
                        Contains("| one | holds | 1.00 | 1 | fp32 | [fp32]") &&
                        Contains("| two | open (at 1/64: does not hold) | 3.00 | 1/64 | fp32 | [short]") &&
                        Contains("| three | open | 4.00 | 1/256 | fp32 | [short]") &&
                        Contains("| four | open (reduced: undecided) | 6.00 | 1 | fp32 | [zoo]"));
}

TEST_CASE("of reduced results, too, the one of the longest schedule counts, and any other goes before them") {
  Results results;
  const auto add = [&](const std::string& name, const std::string& setting, const std::string& claims) {
    write_atomically(results.folder(name) / "summary.json", "{" + setting + R"(, "claims": [)" + claims + "]}");
  };
  const std::string two = R"(, {"text": "two", "holds": true, "measured": 2})";
  add("a", R"("schedule": "1/1000", "precision": "fp32", "reduced": true)",
      R"({"text": "one", "holds": true, "measured": 1})" + two);
  add("b", R"("schedule": "1/10", "precision": "fp32", "reduced": true)",
      R"({"text": "one", "holds": false, "measured": -3})" + two);
  add("c", R"("schedule": "1/100", "precision": "fp32")", R"({"text": "two", "holds": false, "measured": -4})");
  const std::string table = squeezed(claims_table(results.read(), results.root()));
  CHECK(rows_in(table) == 2);
  CHECK_THAT(table, Contains("| one | open (reduced: does not hold) | -3.00 | 1/10 | fp32 | [b]") &&
                        Contains("| two | open (at 1/100: does not hold) | -4.00 | 1/100 | fp32 | [c]"));
}

TEST_CASE("a claim on a net that has shorter runs alone is the same claim") {
  Results results;
  const auto add = [&](const std::string& name, const std::string& schedule, const std::string& claims) {
    write_atomically(results.folder(name) / "summary.json",
                     R"({"schedule": ")" + schedule + R"(", "precision": "bf16", "claims": [)" + claims + "]}");
  };
  add("equal", "1/64", R"({"text": "ResNet-110 has a lower error than B", "holds": false, "measured": 2},
                          {"text": "ResNet-34 B has a lower error than B", "holds": true, "measured": 2})");
  add("mixed", "1",
      R"({"text": "ResNet-110 at 1/4 has a lower error than B", "holds": null, "measured": 3, "schedule": "1/4"},
                       {"text": "ResNet-34 B at 1/4 has a lower error than B", "holds": null, "measured": null})");
  const std::string table = squeezed(claims_table(results.read(), results.root()));
  CHECK(rows_in(table) == 2);
  CHECK_THAT(table, Contains("| ResNet-110 has a lower error than B | open (at 1/64: does not hold) | 2.00 | 1/64 |") &&
                        !Contains("Open, for want of runs"));
}

TEST_CASE(
    "a claim that is decided goes before one whose runs differ in length; LibTorch's kernels stand beside the "
    "precision") {
  Results results;
  const auto add = [&](const std::string& name, const std::string& setting, const std::string& claim) {
    write_atomically(results.folder(name) / "summary.json", "{" + setting + R"(, "claims": [)" + claim + "]}");
  };
  add("both", R"("schedule": "1/64", "precision": "fp32")", R"({"text": "one", "holds": true, "measured": 1})");
  add("mixed", R"("schedule": "1", "precision": "fp32")",
      R"({"text": "one", "holds": null, "measured": 50, "schedule": "1/4"})");
  add("plain", R"("schedule": "1", "precision": "fp32", "kernels": "eager")",
      R"({"text": "two", "holds": true, "measured": 2})");
  const std::string table = squeezed(claims_table(results.read(), results.root()));
  CHECK(rows_in(table) == 2);
  CHECK_THAT(table, Contains("| one | open (at 1/64: holds) | 1.00 | 1/64 | fp32 | [both]") &&
                        Contains("| two | holds | 2.00 | 1 | fp32, eager | [plain]"));
}

TEST_CASE("of results that know as much of a claim it is the one with the most runs") {
  Results results;
  const auto summary = [](const std::string& measured) {
    return R"({"schedule": "1", "precision": "fp32", "claims": [{"text": "one", "holds": true, "measured": )" +
           measured + "}]}";
  };
  write_atomically(results.folder("fig6") / "summary.json", summary("1"));
  write_atomically(results.folder("table6") / "summary.json", summary("2"));
  results.add("fig6", recipe_of("resnet20", 0), 1, 9);
  for (const std::uint64_t seed : {0, 1}) results.add("table6", recipe_of("resnet20", seed), 1, 9);
  const std::string table = squeezed(claims_table(results.read(), results.root()));
  CHECK(rows_in(table) == 1);
  CHECK_THAT(table, Contains("| one | holds | 2.00 | 1 | fp32 | [table6]"));
}

TEST_CASE("the claims of a computed table have no schedule and no precision (Table 1)") {
  Results results;
  write_atomically(results.folder("table1") / "summary.json",
                   R"({"schedule": "1", "precision": "fp32", "computed": true, "claims": [
      {"text": "one", "holds": true, "measured": null}]})");
  CHECK_THAT(squeezed(claims_table(results.read(), results.root())), Contains("| one | holds | - | - | - | [table1]"));
}

TEST_CASE("the paper's runs that are missing at full length are listed, with their time where one run tells the pace") {
  Results results;
  write_atomically(results.folder("none") / "summary.json", "{}");
  // Figure 6 has 11 nets, and Table 6 four more seeds of ResNet-110.
  CHECK(rows_in(missing_runs_table(results.read(), "bf16")) == 15);
  CHECK_THAT(missing_runs_table(results.read(), "bf16"), Contains("unknown"));
  Recipe recipe = recipe_of("resnet20");
  results.add("fp32", recipe, 1, 9);
  CHECK(rows_in(missing_runs_table(results.read(), "bf16")) == 15);
  CHECK(rows_in(missing_runs_table(results.read(), "fp32")) == 14);
  recipe.precision = Precision::kBFloat16;
  results.add("bf16", recipe, 1, 9);
  recipe = recipe_of("resnet56", 0, Fraction::parse("1/4"));
  recipe.precision = Precision::kBFloat16;
  results.add("bf16", recipe, 1, 9);
  const std::string table = squeezed(missing_runs_table(results.read(), "bf16"));
  CHECK(rows_in(table) == 14);
  CHECK_THAT(table, !Contains("resnet20-") && Contains("resnet56-1-seed0"));
  // Of 40,551,040 and 125,485,696 multiply-adds; ResNet-20 took 1 h 30 min, and did more than the quarter of ResNet-56.
  CHECK_THAT(table.substr(table.find("resnet56-1-seed0")), Contains("| 4 h 38 min |"));
}

TEST_CASE("of ResNet-110, which needs five runs, those with other seeds are not missing") {
  Results results;
  const auto add = [&](std::uint64_t seed) {
    Recipe recipe = recipe_of("resnet110", seed);
    recipe.precision = Precision::kBFloat16;
    results.add("table6", recipe, 1, 6);
  };
  for (const std::uint64_t seed : {10, 11, 12, 13}) add(seed);
  CHECK(rows_in(missing_runs_table(results.read(), "bf16")) == 11);
  CHECK_THAT(missing_runs_table(results.read(), "bf16"),
             Contains("resnet110-1-seed0-") && !Contains("resnet110-1-seed1-"));
  add(14);
  CHECK(rows_in(missing_runs_table(results.read(), "bf16")) == 10);
  CHECK_THAT(missing_runs_table(results.read(), "bf16"), !Contains("resnet110"));
}

TEST_CASE("tables take their places in a page, and a page without one is left alone") {
  Results results;
  results.add("table6_cifar_depth", recipe_of("resnet20"), 1, 9);
  const fs::path page = results.root() / "README.md";
  const std::string nets = "<!-- nets: ./run results_tables writes them -->\n";
  const std::string missing = "<!-- missing runs: ./run results_tables writes them -->\n";
  write_atomically(
      page, "a\n" + nets + "old\n<!-- end of the nets -->\nb\n" + missing + "<!-- end of the missing runs -->\nc\n");
  for (int again = 0; again < 2; ++again) {
    write_results_tables(results.read(), page);
    CHECK(read_file(page) == "a\n" + nets + results.nets() + "<!-- end of the nets -->\nb\n" + missing +
                                 missing_runs_table(results.read(), "bf16") + "<!-- end of the missing runs -->\nc\n");
  }
  for (const std::string& text : {std::string("none\n"), nets, "<!-- end of the nets -->\n" + nets}) {
    write_atomically(page, text);
    CHECK_THROWS_WITH(write_results_tables(results.read(), page), Contains("README.md: has no "));
    CHECK(read_file(page) == text);
  }
}

}  // namespace
}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "experiment/results_table.hpp"

#include "core/error.hpp"
#include "experiment/results.hpp"
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
  fs::path path() const { return folder_.path() / "experiments" / "results"; }
  fs::path root() const { return folder_.path(); }

  void add(const std::string& result, const Recipe& recipe, double training_error, double test_error,
           const std::string& data = "cifar10") {
    write_atomically(path() / result / "summary.json", "{}");
    const RunFolder run = write_run(path() / result / "runs", recipe, training_error, test_error);
    RunResult written = read_result(run);
    written.shortcut = shortcut_name(recipe.model);
    written.data = data;
    write_result(run, written);
  }

 private:
  TempFolder folder_;
};

TEST_CASE("each published net stands beside the paper's, with schedule, precision, seeds, time, hardware and result") {
  Results results;
  results.add("table6_cifar_depth", recipe_of("resnet20"), 1, 9);
  results.add("fig1_plain_degradation", recipe_of("plain56", 3), 5, 14);
  const std::string table = results_table(results.path(), results.root());
  CHECK_THAT(
      table,
      Contains("| ResNet-20 |                  8.75 |    9.00 |     +0.25 |              1.00 |        1 | fp32      | "
               "    0 | 1 h 30 min "
               "| AMD EPYC, 2 threads, fast (AVX2) | [table6_cifar_depth](experiments/results/table6_cifar_depth)"));
  CHECK_THAT(table, Contains("| plain-56  |                     - |   14.00 |         - |              5.00 "));
  CHECK(table.find("plain-56") < table.find("ResNet-20"));
  CHECK_THAT(results_table(results.path(), results.root() / "experiments"), Contains("(results/table6_cifar_depth)"));
}

TEST_CASE("seeds are a mean with its deviation, beside the paper's mean where it gives one") {
  Results results;
  for (const std::uint64_t seed : {0, 1, 2}) {
    results.add("table6_cifar_depth", recipe_of("resnet110", seed), 1, 6 + static_cast<double>(seed));
  }
  CHECK_THAT(results_table(results.path(), results.root()),
             Contains("6.61 ± 0.16") && Contains("7.00 ± 1.00") && Contains("+0.39") && Contains("0, 1, 2"));
}

TEST_CASE("a net is shown by its longest schedule, in each precision that it was trained in, and once") {
  Results results;
  results.add("one", recipe_of("resnet20", 0, Fraction::parse("1/64")), 30, 31);
  results.add("one", recipe_of("resnet20", 0, Fraction::parse("1/4")), 10, 11);
  results.add("two", recipe_of("resnet20", 0, Fraction::parse("1/4")), 10, 11);
  Recipe bf16 = recipe_of("resnet20", 0, Fraction::parse("1/4"));
  bf16.precision = Precision::kBFloat16;
  results.add("two", bf16, 12, 13);
  const std::string table = results_table(results.path(), results.root());
  CHECK(std::ranges::count(table, '\n') == 4);
  CHECK_THAT(table, Contains("11.00") && Contains("[one]") && Contains("13.00") && Contains("bf16"));
}

TEST_CASE("runs on other images, and folders that are no published result, are left out") {
  Results results;
  results.add("photographs", recipe_of("resnet20"), 1, 9, "photos");
  write_run(results.path() / "loose" / "runs", recipe_of("resnet56"), 1, 9);
  CHECK(std::ranges::count(results_table(results.path(), results.root()), '\n') == 2);
}

TEST_CASE("the table takes its place in a page, and a page without one is left alone") {
  Results results;
  results.add("table6_cifar_depth", recipe_of("resnet20"), 1, 9);
  const fs::path page = results.root() / "README.md";
  const std::string begin = "<!-- results table: ./run results_table writes it -->\n";
  const std::string end = "<!-- end of the results table -->\n";
  write_atomically(page, "before\n" + begin + "old\n" + end + "after\n");
  for (int again = 0; again < 2; ++again) {
    write_results_table(results.path(), page);
    CHECK(read_file(page) == "before\n" + begin + results_table(results.path(), results.root()) + end + "after\n");
  }
  for (const std::string& text : {std::string("none\n"), begin, end + begin}) {
    write_atomically(page, text);
    CHECK_THROWS_WITH(write_results_table(results.path(), page), Contains("README.md: has no place for the table"));
    CHECK(read_file(page) == text);
  }
}

}  // namespace
}  // namespace resnet

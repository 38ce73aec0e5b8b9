// SPDX-License-Identifier: MIT
#include "experiment/results.hpp"

#include <cmath>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "unit/experiment/made_up_runs.hpp"

using resnet::Fraction;
using resnet::Statistics;
using resnet::statistics_of;
using resnet::Verdict;

TEST_CASE("the deviation over seeds is that of n - 1, as in Table 6") {
  const Statistics s = statistics_of({6.43, 6.61, 6.70, 6.55, 6.76});
  CHECK(s.mean == Approx(6.61));
  CHECK(s.deviation == Approx(std::sqrt(0.0666 / 4)).epsilon(1e-9));  // by hand
  CHECK(s.least == 6.43);
  CHECK(s.count == 5);
  CHECK(statistics_of({8.75}).deviation == 0);
  CHECK_THROWS_AS(statistics_of({}), resnet::Error);
}

namespace {

Verdict verdict(const Statistics& higher, const Statistics& lower, const Fraction& schedule = {},
                std::int64_t sampled_images = 0) {
  return resnet::is_above(higher, lower, schedule, sampled_images);
}

}  // namespace

TEST_CASE("single runs closer than seeds are to each other decide nothing") {
  const auto one = [](double error) { return statistics_of({error}); };
  CHECK(verdict(one(8.75), one(7.51)) == Verdict::kHolds);
  CHECK(verdict(one(7.51), one(8.75)) == Verdict::kFails);
  // Two deviations of a difference of single runs are 2 * sqrt(2) * 0.16 = 0.4525 points.
  CHECK(verdict(one(7.45), one(7.0)) == Verdict::kUndecided);
  CHECK(verdict(one(7.0), one(7.45)) == Verdict::kUndecided);
  CHECK(verdict(one(7.46), one(7.0)) == Verdict::kHolds);
}

TEST_CASE("more seeds decide a smaller difference, a wider spread a larger one") {
  CHECK(verdict(statistics_of({7.4, 7.4, 7.4, 7.4}), statistics_of({7.0, 7.0, 7.0, 7.0})) == Verdict::kHolds);
  CHECK(verdict(statistics_of({8.0, 9.0}), statistics_of({7.4, 8.4})) == Verdict::kUndecided);
}

TEST_CASE("a small sample of photographs decides little, however alike the seeds are") {
  const Statistics higher = statistics_of({40.0, 40.0, 40.0});
  const Statistics lower = statistics_of({20.0, 20.0, 20.0});
  CHECK(verdict(higher, lower) == Verdict::kHolds);
  // By hand, p = 0.3: two deviations are 200 sqrt(2 * 0.21 / N) points, 20 at N = 42, and the seeds' come on top.
  CHECK(verdict(higher, lower, {}, 41) == Verdict::kUndecided);
  CHECK(verdict(lower, higher, {}, 41) == Verdict::kUndecided);
  CHECK(verdict(higher, lower, {}, 43) == Verdict::kHolds);
  CHECK(verdict(lower, higher, {}, 43) == Verdict::kFails);
  // Four images, none wrong and two wrong: one net alone has no spread at all.
  CHECK(verdict(statistics_of({50.0}), statistics_of({0.0}), {}, 4) == Verdict::kUndecided);
  // ImageNet's 50,000 tell the paper's ResNet-34 from its ResNet-18, not from plain nets that are all but as good.
  CHECK(verdict(statistics_of({27.88}), statistics_of({25.03}), {}, 50'000) == Verdict::kHolds);
  CHECK(verdict(statistics_of({27.94}), statistics_of({27.88}), {}, 50'000) == Verdict::kUndecided);
}

TEST_CASE("a shortened run is taken to be noisier, until there are seeds that measure how noisy it is") {
  const Fraction full;
  const Fraction eighth(1, 8);
  CHECK(resnet::assumed_deviation(full) == 0.16);  // Table 6
  CHECK(resnet::assumed_deviation(Fraction(2, 1)) == 0.16);
  CHECK(resnet::assumed_deviation(Fraction(1, 2)) > resnet::assumed_deviation(full));
  // The pooled deviation of the eight runs that results.hpp knows.
  CHECK(resnet::assumed_deviation(Fraction(1, 64)) >= 4.1);

  const Statistics high = statistics_of({21.0});
  const Statistics low = statistics_of({20.0});
  CHECK(verdict(high, low, full) == Verdict::kHolds);
  CHECK(verdict(high, low, eighth) == Verdict::kUndecided);
  CHECK(verdict(statistics_of({20.9, 21.1}), statistics_of({19.9, 20.1}), eighth) == Verdict::kUndecided);
  CHECK(verdict(statistics_of({20.9, 21.0, 21.1}), statistics_of({19.9, 20.0, 20.1}), eighth) == Verdict::kHolds);
  CHECK(verdict(statistics_of({18.0, 21.0, 24.0}), statistics_of({17.0, 20.0, 23.0}), eighth) == Verdict::kUndecided);
  // Figure 1 at 1/64, as published: 74.52 and 38.06 %.
  CHECK(verdict(statistics_of({74.52}), statistics_of({38.06}), Fraction(1, 64)) == Verdict::kHolds);
}

TEST_CASE("finished runs of a net are those of its recipe, whatever their seed") {
  const TempFolder folder;
  const auto runs = folder.path() / "runs";
  CHECK(resnet::finished_runs(runs, recipe_of("plain20")).runs.empty());
  write_run(runs, recipe_of("plain20", 11), 1, 5);
  write_run(runs, recipe_of("plain20", 2), 1, 6);
  write_run(runs, recipe_of("plain20", 0, Fraction(1, 64)), 1, 7);
  write_run(runs, recipe_of("plain56", 0), 1, 8);
  std::filesystem::remove(write_run(runs, recipe_of("plain20", 3), 1, 9).result());  // not finished
  resnet::write_atomically(runs / "of-somebody-else/result.json", "{}");
  resnet::write_atomically(runs / "broken/result.json", "");
  const auto net = resnet::finished_runs(runs, recipe_of("plain20"));
  REQUIRE(net.runs.size() == 2);
  CHECK(net.runs[0].seed == 2);
  CHECK(net.runs[1].seed == 11);
  CHECK(net.test_error()->mean == 5.5);
  CHECK(net.folders[0].id() == resnet::run_id(recipe_of("plain20", 2)));
  CHECK_FALSE(net.shorter);
}

TEST_CASE("what else lies among the runs is none of them") {
  const TempFolder folder;
  const resnet::RunFolder run = write_run(folder.path(), recipe_of("plain20"), 10, 12);
  std::filesystem::create_directory_symlink("loop", folder.path() / "loop");
  std::filesystem::create_directories(folder.path() / "folder/result.json");
  resnet::write_atomically(folder.path() / "broken/result.json", "{");
  const resnet::NetResult net = resnet::finished_runs(folder.path(), recipe_of("plain20"));
  REQUIRE(net.folders.size() == 1);
  CHECK(net.folders[0].id() == run.id());
}

TEST_CASE("of a net without finished runs those of the longest shorter schedule are taken, and say so in its name") {
  const TempFolder folder;
  const auto runs = folder.path() / "runs";
  write_run(runs, recipe_of("resnet110", 0, Fraction(1, 64)), 1, 50);
  write_run(runs, recipe_of("resnet110", 0, Fraction(1, 4)), 1, 8);
  write_run(runs, recipe_of("resnet110", 3, Fraction(1, 4)), 1, 9);
  write_run(runs, recipe_of("resnet110", 0, Fraction(2, 1)), 1, 6);
  write_run(runs, recipe_of("resnet56", 0, Fraction(1, 2)), 1, 7);
  const auto net = resnet::finished_runs(runs, recipe_of("resnet110"));
  CHECK(net.shorter == Fraction(1, 4));
  CHECK(net.name() == "ResNet-110 at 1/4");
  CHECK(net.test_error()->mean == 8.5);
  CHECK(resnet::finished_runs(runs, recipe_of("resnet110", 0, Fraction(1, 8))).shorter == Fraction(1, 64));
  const auto asked = resnet::finished_runs(runs, recipe_of("resnet110", 0, Fraction(1, 4)));
  CHECK_FALSE(asked.shorter);
  CHECK(asked.name() == "ResNet-110");
  CHECK(resnet::finished_runs(runs, recipe_of("resnet110", 0, Fraction(1, 128))).runs.empty());
}

TEST_CASE("five runs of ResNet-110 are five, whatever their seeds; those that are missing begin with the first seed") {
  using Seeds = std::vector<std::uint64_t>;
  CHECK(resnet::missing_seeds(5, 0, {}) == Seeds{0, 1, 2, 3, 4});
  CHECK(resnet::missing_seeds(5, 0, {1, 12}) == Seeds{0, 2, 3});
  CHECK(resnet::missing_seeds(5, 0, {10, 11, 12, 13, 14}).empty());
  CHECK(resnet::missing_seeds(1, 0, {3, 4}).empty());
  CHECK(resnet::missing_seeds(2, 7, {0}) == Seeds{7});
}

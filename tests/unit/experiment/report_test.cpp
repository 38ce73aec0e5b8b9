// SPDX-License-Identifier: MIT
#include "experiment/report.hpp"

#include <fstream>

#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using resnet::Family;
using resnet::NetResult;
using resnet::Report;

namespace {

/// A net with one finished run in `folder` that ended with these errors.
NetResult finished(const std::filesystem::path& folder, const char* name, double training_error, double test_error) {
  resnet::RunFolder run{folder / name};
  resnet::write_atomically(
      run.eval_csv(),
      "iteration,training_error_percent,test_error_percent,test_loss_nats\n500,50,60,1\n1000,40,50,1\n");
  resnet::RunResult result;
  result.seed = 2;
  result.training_error_percent = training_error;
  result.test_error_percent = test_error;
  return {resnet::parse_model_name(name), {run}, {result}};
}

}  // namespace

TEST_CASE("a summary has numbers or null, and a verdict for each claim") {
  const TempFolder folder;
  Report report("Figure 1", {finished(folder.path(), "plain20", 10, 12), finished(folder.path(), "plain56", 20, 12.1)});
  const NetResult* plain20 = report.find(Family::kPlain, 20);
  const NetResult* plain56 = report.find(Family::kPlain, 56);
  REQUIRE(plain20 != nullptr);
  CHECK(report.find(Family::kResidual, 20) == nullptr);
  report.row("plain20", 8.75, 12.0, "%");
  report.row("nobody", std::nullopt, std::nullopt, "%");
  report.expect_higher_training_error("higher training error", plain56, plain20);
  report.expect_higher_test_error("higher test error", plain56, plain20);
  report.expect_higher_test_error("unknown", plain56, nullptr);
  report.expect_higher_training_error("the reverse", plain20, plain56);
  report.expect_below("small", 0.2, 0.1);
  report.panel("plain", {plain20, nullptr, plain56});

  resnet::write_atomically(folder.path() / "results/plain32-of-another-schedule.csv", "iteration\n");
  const auto summary = report.save(folder.path() / "results", resnet::Fraction(1, 64), "fp32", false);
  CHECK(summary.at("schedule") == "1/64");
  CHECK(summary.at("seeds") == nlohmann::ordered_json::array({2}));
  CHECK(summary.at("rows")[0].at("paper") == 8.75);
  CHECK(summary.at("rows")[1].at("ours").is_null());
  CHECK(summary.at("claims")[0].at("holds") == true);
  CHECK(summary.at("claims")[0].at("measured") == 10.0);
  CHECK(summary.at("claims")[1].at("holds") == "undecided");
  CHECK(summary.at("claims")[2].at("holds").is_null());
  CHECK(summary.at("claims")[2].at("measured").is_null());
  CHECK(summary.at("claims")[3].at("holds") == false);
  CHECK(summary.at("claims")[4].at("holds") == false);
  CHECK(resnet::read_json(folder.path() / "results/summary.json") == summary);

  const std::string table = resnet::read_file(folder.path() / "results/table.md");
  CHECK_THAT(table, Catch::Contains("+3.25"));
  CHECK_THAT(table, Catch::Contains("not the degradation at convergence"));
  CHECK(std::filesystem::exists(folder.path() / "results/figure.png"));
  CHECK(std::filesystem::exists(folder.path() / "results/plain20.csv"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "results/plain32-of-another-schedule.csv"));
}

TEST_CASE("a run of the paper's length does not call itself shortened") {
  const TempFolder folder;
  const Report report("Figure 1", {finished(folder.path(), "plain20", 10, 12)});
  report.save(folder.path() / "results", resnet::Fraction(), "fp32", false);
  CHECK_THAT(resnet::read_file(folder.path() / "results/table.md"), !Catch::Contains("shortened"));
}

TEST_CASE("a report without a finished run is two texts and no figure") {
  const TempFolder folder;
  const Report report("Figure 1", {});
  report.save(folder.path(), resnet::Fraction(), "fp32", false);
  CHECK(std::filesystem::exists(folder.path() / "table.md"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "figure.png"));
}

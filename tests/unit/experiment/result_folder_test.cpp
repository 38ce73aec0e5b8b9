// SPDX-License-Identifier: MIT
#include "experiment/result_folder.hpp"

#include <cstdlib>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/temp_folder.hpp"
#include "support/variable_is.hpp"
#include "unit/experiment/made_up_runs.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const Fraction kShort(1, 64);

/// A report on plain-20 alone, with a curve if it has a run.
Report report_on(NetResult plain20, const Fraction& schedule, bool is_synthetic = false) {
  Report report("Figure 1. Plain nets",
                {.schedule = schedule,
                 .precision = "fp32",
                 .is_synthetic = is_synthetic,
                 .is_finished = false,
                 .missing_runs = {"plain56-1-seed0-00000000"}},
                {std::move(plain20)});
  report.error_row(report.nets()[0], "error", std::nullopt, report.nets()[0].test_error());
  report.expect_above("large", report.nets()[0], report.nets()[0].test_error(), 10);
  report.panel("plain", {&report.nets()[0]});
  return report;
}

/// The names in a folder.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

TEST_CASE("a summary has the same keys whatever is missing, and numbers or null") {
  const TempFolder folder;
  const Json whole = summary_of(report_on(finished(folder.path(), "plain20", 10, 12, /*seed=*/2), Fraction()));
  const Json empty = summary_of(report_on(not_run("plain20"), Fraction()));
  std::vector<std::string> keys;
  for (const auto& item : whole.items()) keys.push_back(item.key());
  std::vector<std::string> empty_keys;
  for (const auto& item : empty.items()) empty_keys.push_back(item.key());
  CHECK(keys == empty_keys);

  CHECK(whole.at("finished") == false);
  CHECK(whole.at("seeds") == Json::array({2}));
  CHECK(whole.at("rows")[0].at("ours") == 12.0);
  CHECK(whole.at("rows")[0].at("paper").is_null());
  CHECK(whole.at("claims")[0].at("holds") == true);
  CHECK(whole.at("claims")[0].at("schedule") == "1");
  CHECK(whole.at("runs")[0].get<std::string>().starts_with("plain20-1-seed2-"));
  CHECK(whole.at("missing_runs") == Json::array({"plain56-1-seed0-00000000"}));
  CHECK(empty.at("rows")[0].at("ours").is_null());
  CHECK(empty.at("claims")[0].at("holds").is_null());
  CHECK(empty.at("claims")[0].at("measured").is_null());
}

TEST_CASE("of each run a report tells schedule, precision, seed, time and hardware") {
  const TempFolder folder;
  const Report report = report_on(finished(folder.path(), "plain20", 10, 12, /*seed=*/2), Fraction());
  const Json details = summary_of(report).at("run_details");
  REQUIRE(details.size() == 1);
  CHECK(details[0].at("run") == summary_of(report).at("runs")[0]);
  CHECK(details[0].at("schedule") == "1");
  CHECK(details[0].at("precision") == "fp32");
  CHECK(details[0].at("seed") == 2);
  CHECK(details[0].at("seconds") == 5400);
  CHECK(details[0].at("hardware") == Json::array({"AMD EPYC, 2 threads, fast (AVX2)"}));
  CHECK_THAT(table_of(report),
             Catch::Contains("|        1 | fp32      |    2 | 1 h 30 min | AMD EPYC, 2 threads, fast (AVX2) |"));
  CHECK_THAT(table_of(report_on(not_run("plain20"), Fraction())), !Catch::Contains("hardware"));
}

TEST_CASE("a report tells that some of its runs are shorter") {
  const TempFolder folder;
  const std::string words = "Runs that are shorter carry their schedule";
  const Report report = report_on(finished_shorter(folder.path(), "plain20", 10, 12, Fraction(1, 4)), Fraction());
  CHECK_THAT(table_of(report), Catch::Contains(words) && Catch::Contains("| 1/4 ") &&
                                   Catch::Contains("large: **open** (12.00, by runs at 1/4)"));
  CHECK_THAT(table_of(report_on(not_run("plain20"), Fraction())), !Catch::Contains(words));
}

TEST_CASE("only a shortened report says that it is shortened") {
  const std::string words = "not the degradation at convergence";
  CHECK_THAT(table_of(report_on(not_run("plain20"), kShort)), Catch::Contains(words));
  CHECK_THAT(table_of(report_on(not_run("plain20"), Fraction())), !Catch::Contains(words));
}

TEST_CASE("a report replaces the folder of an earlier one as a whole") {
  const TempFolder folder;
  const fs::path result = folder.path() / "results/fig1";
  const NetResult plain20 = finished(folder.path(), "plain20", 10, 12);
  write_atomically(result / "plain32-of-another-schedule.csv", "iteration\n");
  const Report report = report_on(plain20, Fraction());
  save_report(report, result);
  CHECK(names_in(result) == std::vector<std::string>{"figure.json", "figure.png", "figure.svg",
                                                     plain20.folders[0].id() + ".csv", "summary.json", "table.md"});
  CHECK(read_json(result / "summary.json") == summary_of(report));
  CHECK(read_file(result / "table.md") == table_of(report));

  save_report(report_on(not_run("plain20"), Fraction()), result);  // nothing to draw
  CHECK(names_in(result) == std::vector<std::string>{"summary.json", "table.md"});
}

TEST_CASE("a report that cannot be written leaves the earlier one whole") {
  const TempFolder folder;
  const fs::path result = folder.path() / "results/fig1";
  write_atomically(result / "table.md", "earlier");
  {
    const FullDisk full(100);
    CHECK_THROWS_WITH(save_report(report_on(not_run("plain20"), Fraction()), result), Catch::Contains("cannot write"));
  }
  CHECK(names_in(result) == std::vector<std::string>{"table.md"});
  CHECK(read_file(result / "table.md") == "earlier");
}

TEST_CASE("without gnuplot the numbers are there, and the error says how to draw the figure later") {
  const TempFolder folder;
  const fs::path result = folder.path() / "results/fig1";
  const NetResult plain20 = finished(folder.path(), "plain20", 10, 12);
  write_atomically(result / "figure.svg", "of an earlier report");
  {
    const VariableIs nothing("PATH", "/nowhere");
    CHECK_THROWS_WITH(save_report(report_on(plain20, Fraction()), result),
                      Catch::Contains("gnuplot") && Catch::Contains("./run plot " + result.string()));
  }
  CHECK(names_in(result) ==
        std::vector<std::string>{"figure.json", plain20.folders[0].id() + ".csv", "summary.json", "table.md"});
  CHECK_NOTHROW(draw_chart(result));
}

TEST_CASE("a result in another arithmetic has a folder of its own") {
  const TempFolder folder;
  const auto name_of = [&](const ReportSetting& setting) {
    return result_folder(folder.path(), "fig1", setting).filename().string();
  };
  CHECK(name_of({}) == "fig1");
  CHECK(name_of({.precision = "bf16"}) == "fig1-bf16");
  CHECK(name_of({.kernels = "eager"}) == "fig1-eager");
  write_atomically(folder.path() / "fig1-bf16/summary.json", Json{{"schedule", "1"}}.dump());
  CHECK(name_of({.schedule = kShort, .precision = "bf16"}) == "fig1-bf16-1_64");
  CHECK(summary_of(Report("x", {.kernels = "eager"}, {})).at("kernels") == "eager");
}

TEST_CASE("results on other classes, sizes, batches or colours of photographs do not replace one another") {
  const TempFolder folder;
  const auto name_of = [&](const PhotoSetting& photos) {
    return result_folder(folder.path(), "fig4", {.photos = photos}).filename().string();
  };
  CHECK(name_of({10, 9'469, 3'925, 64, 32, 32, false}) == "fig4-reduced-10classes-64px-batch32");
  CHECK(name_of({20, 9'469, 3'925, 64, 32, 32, false}) == "fig4-reduced-20classes-64px-batch32");
  CHECK(name_of({10, 9'469, 3'925, 128, 32, 32, false}) == "fig4-reduced-10classes-128px-batch32");
  CHECK(name_of({10, 9'469, 3'925, 64, 256, 32, false}) == "fig4-reduced-10classes-64px-batch256");
  CHECK(name_of({10, 9'469, 3'925, 64, 64, 32, false}) == "fig4-reduced-10classes-64px-batch64");  // that is published
  CHECK(name_of({10, 9'469, 3'925, 64, 16, 16, false}) == "fig4-reduced-10classes-64px-batch16");  // has no 32
  CHECK(name_of({10, 9'469, 3'925, 64, 64, 64, false}) == "fig4-reduced-10classes-64px-batch64-micro64");
  CHECK(name_of({10, 9'469, 3'925, 64, 16, 8, true}) == "fig4-reduced-10classes-64px-batch16-micro8-colors");
  CHECK(name_of({1000, 1'281'167, 50'000, 224, 256, 32, true}) == "fig4-reduced-1000classes-224px-batch256-colors");
  CHECK(name_of({1000, 1'281'167, 50'000, 224, 256, 32, false}) == "fig4");
}

TEST_CASE("a report on photographs tells of their number, size, batches, micro-batches and colours") {
  const Report own("Figure 4", {.photos = PhotoSetting{10, 9'469, 3'925, 64, 64, 16, true}}, {});
  CHECK_THAT(table_of(own), Catch::Contains("(*reduced*)") &&
                                Catch::Contains("64x64 pixels, batches of 64 in micro-batches of 16, own colours.\n"));
  const Json photos = summary_of(own).at("photos");
  CHECK(photos.at("micro_batch") == 16);
  CHECK(photos.at("own_colors") == true);
  const Report papers("Figure 4", {.photos = PhotoSetting{1000, 1'281'167, 50'000, 224, 256, 32, false}}, {});
  CHECK_THAT(table_of(papers), !Catch::Contains("reduced") && Catch::Contains("224x224 pixels, batches of 256.\n"));
  CHECK(summary_of(papers).at("photos").at("own_colors") == false);
}

TEST_CASE("a result is not replaced by one that is worth less") {
  const TempFolder folder;
  const fs::path results = folder.path();
  const auto name_for = [&](const Fraction& schedule, bool is_synthetic) {
    ReportSetting setting;
    setting.schedule = schedule;
    setting.is_synthetic = is_synthetic;
    return result_folder(results, "fig1", setting).filename().string();
  };
  const auto stands = [&](const char* schedule, bool is_synthetic) {
    write_atomically(results / "fig1/summary.json", Json{{"schedule", schedule}, {"synthetic", is_synthetic}}.dump());
  };
  CHECK(name_for(kShort, true) == "fig1");
  stands("1", true);
  CHECK(name_for(kShort, true) == "fig1");
  CHECK(name_for(kShort, false) == "fig1");
  stands("1/64", false);
  CHECK(name_for(Fraction(), true) == "fig1-synthetic");
  CHECK(name_for(kShort, false) == "fig1");
  CHECK(name_for(Fraction(), false) == "fig1");
  stands("1", false);
  CHECK(name_for(kShort, false) == "fig1-1_64");
  CHECK(name_for(Fraction(), false) == "fig1");
  write_atomically(results / "fig1/summary.json", "torn");
  CHECK(name_for(kShort, false) == "fig1");
}

}  // namespace
}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "experiment/report.hpp"

#include "core/error.hpp"
#include "experiment/depth_claims.hpp"
#include "experiment/result_folder.hpp"
#include "paper/imagenet_errors.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "unit/experiment/made_up_runs.hpp"

namespace resnet {
namespace {

Report report_on(std::vector<NetResult> nets, const Fraction& schedule = {}) {
  return Report("Figure 1", {.schedule = schedule, .precision = "fp32", .missing_runs = {}}, std::move(nets));
}

TEST_CASE("an experiment's nets are found by family and depth") {
  const Report report = report_on({not_run("plain20"), not_run("resnet56"), not_run("resnet20")});
  CHECK(report.find(Family::kResidual, 20).name() == "ResNet-20");
  CHECK(report.find(Family::kPlain, 20).name() == "plain-20");
  CHECK_THROWS_WITH(report.find(Family::kPlain, 56), Catch::Contains("has no plain net of 56 layers"));
  REQUIRE(report.family(Family::kResidual).size() == 2);
  CHECK(report.family(Family::kResidual)[1]->model.depth == 20);
}

TEST_CASE("a claim holds, does not hold, is undecided, or is open where a run is missing") {
  const TempFolder folder;
  Report report = report_on(
      {finished(folder.path(), "plain20", 10, 12), finished(folder.path(), "plain56", 20, 12.1), not_run("plain32")});
  const NetResult& plain20 = report.find(Family::kPlain, 20);
  const NetResult& plain56 = report.find(Family::kPlain, 56);
  const NetResult& plain32 = report.find(Family::kPlain, 32);
  report.expect_higher_training_error("higher training error", plain56, plain20);
  report.expect_higher_training_error("the reverse", plain20, plain56);
  report.expect_higher_test_error("too close to tell", plain56, plain20);
  report.expect_higher_test_error("nobody knows", plain32, plain20);
  report.expect_below("small", plain20, plain20.test_error(), 0.1);
  report.expect_above("large", plain20, plain20.test_error(), 0.1);
  report.expect_above("missing", plain32, plain32.test_error(), 0.1);
  const std::vector<Verdict> expected = {Verdict::kHolds, Verdict::kFails, Verdict::kUndecided, Verdict::kOpen,
                                         Verdict::kFails, Verdict::kHolds, Verdict::kOpen};
  REQUIRE(report.claims().size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO(report.claims()[i].text);
    CHECK(report.claims()[i].verdict == expected[i]);
    CHECK(report.claims()[i].measured.has_value() == (expected[i] != Verdict::kOpen));
  }
  CHECK(report.claims()[0].measured == 10.0);
  CHECK(report.claims()[4].measured == 12.0);
}

TEST_CASE("what rests on shorter runs than the report's stays open, and is measured all the same") {
  const TempFolder folder;
  Report report = report_on(
      {finished(folder.path(), "plain20", 10, 12), finished_shorter(folder.path(), "plain56", 20, 24, Fraction(1, 4))});
  const NetResult& plain20 = report.nets()[0];
  const NetResult& plain56 = report.nets()[1];
  report.expect_higher_training_error("training", plain56, plain20);
  report.expect_higher_test_error("test", plain20, plain56);
  report.expect_higher("other", report.all(), ErrorOf::kTest, 3.0, 2.0);
  report.expect_above("above", plain56, plain56.test_error(), 1);
  report.expect_below("below", plain56, plain56.test_error(), 1);
  report.expect("known", {&plain56}, true, 5.0);
  REQUIRE(report.claims().size() == 6);
  for (const Claim& claim : report.claims()) {
    INFO(claim.text);
    CHECK(claim.verdict == Verdict::kOpen);
    CHECK(claim.measured);
    CHECK(claim.schedule == Fraction(1, 4));
  }
  CHECK(report.claims()[0].measured == 10.0);
  report.expect_above("of the other alone", plain20, plain20.test_error(), 1);
  CHECK(report.claims().back().verdict == Verdict::kHolds);
  CHECK(report.claims().back().schedule == Fraction());
}

TEST_CASE("what decides a full-length run leaves a shortened one undecided") {
  const TempFolder folder;
  const auto verdict = [&](const Fraction& schedule) {
    Report report =
        report_on({finished(folder.path(), "plain20", 10, 12), finished(folder.path(), "plain56", 11, 13)}, schedule);
    report.expect_higher_test_error("higher", report.nets()[1], report.nets()[0]);
    return report.claims().front().verdict;
  };
  CHECK(verdict(Fraction()) == Verdict::kHolds);
  CHECK(verdict(Fraction(1, 16)) == Verdict::kUndecided);
}

TEST_CASE("a claim about photographs counts how few of them there are, trained on or tested on") {
  const TempFolder folder;
  const auto claims_with = [&](std::optional<PhotoSetting> photos) {
    Report report("Figure 4", {.photos = std::move(photos)},
                  {finished(folder.path(), "plain20", 20, 30), finished(folder.path(), "plain56", 25, 35)});
    report.expect_higher_training_error("training", report.nets()[1], report.nets()[0]);
    report.expect_higher_test_error("test", report.nets()[1], report.nets()[0]);
    return verdict_name(report.claims()[0].verdict) + ", " + verdict_name(report.claims()[1].verdict);
  };
  CHECK(claims_with(std::nullopt) == "holds, holds");  // CIFAR-10
  CHECK(claims_with(PhotoSetting{10, 10'000, 100, 64, 32, 32, false}) == "holds, undecided");
  CHECK(claims_with(PhotoSetting{10, 100, 10'000, 64, 32, 32, false}) == "undecided, holds");
}

TEST_CASE("ImageNet's images are those that the paper speaks of: Table 2 holds of nets that end just as the paper's") {
  const TempFolder folder;
  const auto verdict_of_plain_nets = [&](std::int64_t test_images) {
    Report report("Table 2", {.photos = PhotoSetting{1000, 1'281'167, test_images, 224, 256, 32, false}},
                  {finished(folder.path(), "plain20", 20, 27.94), finished(folder.path(), "plain56", 25, 28.54)});
    report.expect_higher_test_error("test", report.nets()[1], report.nets()[0]);
    return verdict_name(report.claims()[0].verdict);
  };
  CHECK(verdict_of_plain_nets(50'000) == "holds");
  CHECK(verdict_of_plain_nets(49'999) == "undecided");  // a sample of others
}

TEST_CASE("the legend of errors speaks of validation where the images are photographs (Figure 4), else of the test") {
  const TempFolder folder;
  const auto legend = [&](std::optional<PhotoSetting> photos) {
    Report report("Figure", {.photos = std::move(photos)}, {finished(folder.path(), "plain20", 20, 30)});
    report.panel("plain nets", report.all());
    return report.chart()->line_meanings.back().label;
  };
  CHECK(legend(std::nullopt) == "test error");
  CHECK(legend(PhotoSetting{1000, 1'281'167, 50'000, 224, 256, 32, false}) == "validation error");
}

TEST_CASE("one colour stands for a depth: its place in Table 1 or in Table 6, or the one after these") {
  CHECK(colour_of(18) == 0);
  CHECK(colour_of(152) == 4);
  CHECK(colour_of(20) == 0);
  CHECK(colour_of(1202) == 5);
  CHECK(colour_of(26) == 6);
}

TEST_CASE("Table 6 gives ResNet-110 as best (mean ± std): one line for a person, a row for each number") {
  const paper::ReportedError paper = paper::table6_row(110)->error;
  Report report = report_on({not_run("resnet110")});
  const NetResult& net = report.nets()[0];
  report.error_row(net, "error", paper, statistics_of({6.4, 6.6, 6.8}));
  REQUIRE(report.lines().size() == 1);
  CHECK(report.lines()[0].what == "ResNet-110, error, best (mean ± std) of 3 runs");
  CHECK(report.lines()[0].paper == "6.43 (6.61 ± 0.16) %");
  CHECK(report.lines()[0].ours == "6.40 (6.60 ± 0.20) %");
  CHECK(report.lines()[0].deviation == "-0.03 (-0.01)");
  REQUIRE(report.rows().size() == 3);
  CHECK(report.rows()[0].paper == 6.43);
  CHECK(report.rows()[0].ours == 6.4);
  CHECK(report.rows()[1].paper == 6.61);
  CHECK(*report.rows()[1].ours == Approx(6.6));
  CHECK(report.rows()[2].paper == 0.16);
  CHECK(*report.rows()[2].ours == Approx(0.2));

  report.error_row(net, "error of one", paper, statistics_of({6.5}));
  CHECK(report.lines()[1].ours == "6.50 %");
  CHECK_FALSE(report.rows()[5].ours);  // one run has no deviation
  report.error_row(net, "error of none", paper, std::nullopt);
  CHECK(report.lines()[2].ours == "-");
  CHECK(report.lines()[2].deviation == "-");
}

TEST_CASE("where the paper gives one number, several seeds are their mean and deviation") {
  Report report = report_on({not_run("resnet20"), not_run("plain20"), not_run("resnet32")});
  report.error_row(report.nets()[0], "error", paper::table6_row(20)->error, statistics_of({8.65, 8.75, 8.85}));
  report.error_row(report.nets()[1], "error", std::nullopt, statistics_of({9.0, 9.2}));
  report.error_row(report.nets()[2], "error", paper::table6_row(32)->error, statistics_of({7.5075}));
  CHECK(report.lines()[0].ours == "8.75 ± 0.10 %");
  CHECK(report.lines()[0].deviation == "+0.00");
  CHECK(report.lines()[1].paper == "-");
  CHECK(report.lines()[2].ours == "7.51 %");
  CHECK(report.lines()[2].deviation == "+0.00");  // and not -0.00
  CHECK(report.rows().size() == 5);
  report.error_row("Maxout, error", paper::ReportedError{9.38});
  CHECK(report.lines()[3].paper == "9.38 %");
  CHECK(report.lines()[3].ours == "-");
}

TEST_CASE("the error of runs that are shorter than the paper's, or on other images, has no deviation") {
  const TempFolder folder;
  const paper::ReportedError paper = paper::table6_row(20)->error;
  const auto deviation_in = [&](Report report) {
    report.error_row(report.nets()[0], "error", paper, report.nets()[0].test_error());
    REQUIRE(report.lines()[0].ours == "24.00 %");
    return report.lines()[0].deviation;
  };
  const NetResult shorter = finished_shorter(folder.path(), "resnet20", 20, 24, Fraction(1, 4));
  CHECK(deviation_in(report_on({shorter})) == "-");
  const NetResult whole = finished(folder.path(), "resnet20", 20, 24);
  CHECK(deviation_in(report_on({whole}, Fraction(1, 4))) == "-");
  CHECK(deviation_in(Report("Table 2", {.photos = PhotoSetting{.classes = 10}}, {whole})) == "-");
  CHECK(deviation_in(report_on({whole})) == "+15.25");
}

TEST_CASE("counts are whole numbers with all their digits, beside the paper's count or its rounded cost") {
  Report report("Table 1", {.is_computed = true}, {});
  report.count_row("output size", 56, 57);
  report.count_row("parameters", std::nullopt, 25'557'032);
  report.cost_row("multiply-adds", 3.8e9, 3'857'973'248);
  report.note("A note.");
  REQUIRE(report.lines().size() == 3);
  CHECK(report.lines()[0].deviation == "+1");
  CHECK(report.lines()[1].paper == "-");
  CHECK(report.lines()[1].ours == "25,557,032");
  CHECK(report.lines()[2].paper == "3.8e9");
  CHECK(report.lines()[2].ours == "3,857,973,248");
  CHECK(report.lines()[2].deviation == "+1.5 %");
  const auto summary = summary_of(report);
  CHECK(summary["rows"][2]["ours"].dump() == "3857973248");
  CHECK(summary["rows"][2]["paper"] == 3.8e9);
  CHECK(summary["rows"][1]["paper"].is_null());
  CHECK(summary["notes"].size() == 2);
  CHECK(summary["notes"][1] == "A note.");
  CHECK_THAT(table_of(report), Catch::Contains("nothing was trained") && !Catch::Contains("Schedule"));
}

TEST_CASE("Section 4.2: the error of ResNets falls with depth up to 110 layers, and is higher at 1202 (Table 6)") {
  const TempFolder folder;
  std::vector<NetResult> nets;
  for (const auto& row : paper::kTable6) {
    nets.push_back(finished(folder.path(), "resnet" + std::to_string(row.depth), 1, row.error.percent));
  }
  Report report = report_on(std::move(nets));
  expect_gains_from_depth(report);
  REQUIRE(report.claims().size() == 7);
  CHECK(report.claims()[0].text == "ResNet-32 has a lower test error than ResNet-20");
  CHECK(report.claims()[4].text == "ResNet-1202 has a higher test error than ResNet-110");
  // The paper's own numbers: 44 and 56 layers, 0.20 points apart, are closer than seeds are to each other.
  CHECK(report.claims()[0].verdict == Verdict::kHolds);
  CHECK(report.claims()[2].verdict == Verdict::kUndecided);
  CHECK(report.claims()[4].verdict == Verdict::kHolds);
  CHECK(report.claims()[5].text == "ResNet-56 has a lower test error than ResNet-20");
  CHECK(report.claims()[5].verdict == Verdict::kHolds);
  CHECK(report.claims()[6].verdict == Verdict::kHolds);
}

TEST_CASE("a result on photographs is reduced unless everything is as in the paper, larger sizes and batches too") {
  const auto reduced = [](auto change) {
    ReportSetting setting;
    setting.photos = PhotoSetting{1000, 1'281'167, 50'000, 224, 256, 32, false};
    change(setting);
    return setting.is_reduced();
  };
  CHECK_FALSE(reduced([](ReportSetting&) {}));
  CHECK(reduced([](ReportSetting& s) { s.photos->classes = 999; }));
  CHECK(reduced([](ReportSetting& s) { s.photos->train_images = 1'281'166; }));
  CHECK(reduced([](ReportSetting& s) { s.photos->test_images = 49'999; }));
  CHECK(reduced([](ReportSetting& s) { s.photos->image_size = 223; }));
  CHECK(reduced([](ReportSetting& s) { s.photos->image_size = 448; }));
  CHECK(reduced([](ReportSetting& s) { s.photos->batch = 255; }));
  CHECK(reduced([](ReportSetting& s) { s.photos->batch = 512; }));
  CHECK(reduced([](ReportSetting& s) { s.photos->micro_batch = 64; }));
  CHECK(reduced([](ReportSetting& s) { s.photos->has_own_colors = true; }));
  CHECK(reduced([](ReportSetting& s) { s.schedule = Fraction(1, 2); }));
  CHECK_FALSE(reduced([](ReportSetting& s) { s.photos.reset(); }));  // CIFAR-10 says its schedule, and no more
}

TEST_CASE("the options of 34 layers are found and named each by itself") {
  const auto net = [](Shortcut shortcut) { return NetResult{paper::imagenet_residual(34, shortcut), {}, {}}; };
  const Report report = report_on({net(Shortcut::kZeroPadding),
                                   net(Shortcut::kProjectionWhereNeeded),
                                   {paper::imagenet_residual(50, Shortcut::kProjectionWhereNeeded), {}, {}}});
  CHECK(report.find(Family::kResidual, 34, Shortcut::kProjectionWhereNeeded).name() == "ResNet-34 B");
  CHECK(report.find(Family::kResidual, 34).name() == "ResNet-34 A");
  CHECK(report.find(Family::kResidual, 50).name() == "ResNet-50");
  CHECK_THROWS_WITH(report.find(Family::kResidual, 34, Shortcut::kProjectionEverywhere), Catch::Contains("option C"));
}

}  // namespace
}  // namespace resnet

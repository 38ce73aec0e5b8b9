// SPDX-License-Identifier: MIT
// Tables 2 to 4 and Figure 4: what is told of several runs of a net on photographs.
#include "experiment/photo_claims.hpp"

#include "experiment/result_folder.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "unit/experiment/made_up_runs.hpp"

namespace resnet {
namespace {

constexpr TestView kTest = TestView::kTenCrop;

/// A finished run on photographs with these errors by ten crops, and this training error in the one test of its first
/// half.
void write_photo_run(const std::filesystem::path& runs, const char* model, std::uint64_t seed, double top1, double top5,
                     double early_error) {
  const RunFolder run = write_run(runs, paper::imagenet_recipe(parse_model_name(model), seed), 50, 60);
  write_atomically(run.path / "errors-ten-crop.csv",
                   fmt::format("images,top1_error_percent,top5_error_percent\n100,{},{}\n", top1, top5));
  write_atomically(run.eval_csv(),
                   fmt::format("iteration,training_error_percent,test_error_percent,test_loss_nats\n500,{},60,1\n"
                               "1000,50,60,1\n",
                               early_error));
}

NetResult runs_of(const std::filesystem::path& runs, const char* model) {
  return finished_runs(runs, paper::imagenet_recipe(parse_model_name(model), 0));
}

TEST_CASE("errors of several seeds are their mean and deviation, in rows and in claims") {
  const TempFolder folder;
  write_photo_run(folder.path(), "resnet18", 0, 27, 9, 70);
  write_photo_run(folder.path(), "resnet18", 1, 29, 11, 74);
  write_photo_run(folder.path(), "resnet34", 4, 25, 8, 69);
  write_photo_run(folder.path(), "resnet34", 5, 24, 7, 67);
  write_run(folder.path(), paper::imagenet_recipe(parse_model_name("resnet34"), 6), 50, 60);  // not tested yet
  Report report("Table 2", {}, {runs_of(folder.path(), "resnet18"), runs_of(folder.path(), "resnet34")});
  const NetResult& resnet18 = report.nets()[0];
  const NetResult& resnet34 = report.nets()[1];
  REQUIRE(top1_error(resnet18, kTest));
  CHECK(top1_error(resnet18, kTest)->mean == 28);
  CHECK(top5_error(resnet34, kTest)->mean == 7.5);
  CHECK(top1_error(resnet34, kTest)->count == 2);
  CHECK_FALSE(top1_error(resnet34, TestView::kDense));

  photo_error_rows(report, resnet18, kTest, {.top1_percent = 27.88});
  REQUIRE(report.lines().size() == 1);
  CHECK(report.lines()[0].what == "ResNet-18 A, top-1 error, mean ± std of 2 runs");
  CHECK(report.lines()[0].paper == "27.88 %");
  CHECK(report.lines()[0].ours == "28.00 ± 1.41 %");

  gain_row(report, kTest, resnet34, resnet18, paper::kGainOver18);
  expect_lower_error(report, kTest, resnet34, resnet18);
  CHECK(report.rows().back().paper == 2.8);
  CHECK(report.rows().back().ours == 3.5);
  CHECK(report.claims().back().measured == 3.5);
  expect_faster_convergence(report, resnet34, resnet18);
  CHECK(report.claims().back().measured == 10);  // 72 less the mean of 69, 67 and, as write_run has it, 50
}

TEST_CASE("a net is compared with the ensembles of others on ImageNet itself, and nowhere else (Section 4.1)") {
  const TempFolder folder;
  const auto claim_of = [&](double top5, const PhotoSetting& photos) {
    write_photo_run(folder.path(), "resnet152", 0, 20, top5, 70);
    Report report("Table 4", {.photos = photos}, {runs_of(folder.path(), "resnet152")});
    expect_better_than_ensembles(report, kTest, report.nets()[0]);
    return report.claims().front().verdict;
  };
  const PhotoSetting imagenet{1000, 1'281'167, 50'000, 224, 256, 32, false};
  CHECK(claim_of(4.49, imagenet) == Verdict::kHolds);
  CHECK(claim_of(4.83, imagenet) == Verdict::kFails);
  CHECK(claim_of(1, {10, 9'469, 3'925, 224, 256, 32, false}) == Verdict::kOpen);
}

TEST_CASE("a training error is higher throughout if it is so at every test that both nets have had") {
  const TempFolder folder;
  const auto claim_of = [&](const std::string& curve_of_18) {
    write_photo_run(folder.path(), "plain18", 0, 27, 9, 70);
    write_photo_run(folder.path(), "plain34", 0, 27, 9, 70);
    Report report("Figure 4", {}, {runs_of(folder.path(), "plain18"), runs_of(folder.path(), "plain34")});
    const std::string header = "iteration,training_error_percent\n";
    write_atomically(report.nets()[0].folders.front().eval_csv(), header + curve_of_18);
    write_atomically(report.nets()[1].folders.front().eval_csv(), header + "100,99\n500,70\n1000,60\n1500,50\n");
    expect_higher_throughout(report, report.nets()[1], report.nets()[0]);
    return report.claims().front();
  };
  CHECK(claim_of("500,60\n1000,58\n1500,45\n").verdict == Verdict::kHolds);
  CHECK(claim_of("500,60\n1000,58\n1500,45\n").measured == 2);
  CHECK(claim_of("500,60\n1000,61\n1500,40\n").verdict == Verdict::kFails);
  CHECK(claim_of("500,60\n1000,61\n1500,40\n").measured == -1);
  CHECK(claim_of("250,60\n").verdict == Verdict::kOpen);  // no test in common
}

}  // namespace
}  // namespace resnet

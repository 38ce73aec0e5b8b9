// SPDX-License-Identifier: MIT
// Table 2. Top-1 error by ten crops on ImageNet's validation images of plain nets and ResNets of 18 and 34 layers.
#include "experiment/experiment.hpp"
#include "experiment/photo_claims.hpp"
#include "paper/imagenet_errors.hpp"

namespace {

constexpr auto kTest = resnet::TestView::kTenCrop;

void report(resnet::Report& report) {
  using resnet::Family;
  for (const auto& reported : resnet::paper::kTable2) {
    resnet::photo_error_rows(report, report.find(reported.family, reported.depth), kTest, reported.errors);
  }
  const resnet::NetResult& plain18 = report.find(Family::kPlain, 18);
  const resnet::NetResult& plain34 = report.find(Family::kPlain, 34);
  const resnet::NetResult& resnet18 = report.find(Family::kResidual, 18);
  const resnet::NetResult& resnet34 = report.find(Family::kResidual, 34);
  resnet::gain_row(report, kTest, resnet34, resnet18, resnet::paper::kGainOver18);
  resnet::gain_row(report, kTest, resnet34, plain34, resnet::paper::kGainOverPlain34);
  // "the 18-layer plain/residual nets are comparably accurate": a row, as no difference proves that there is none.
  resnet::gain_row(report, kTest, resnet18, plain18, resnet::paper::kGainOverPlain18);
  resnet::expect_lower_error(report, kTest, plain18, plain34);
  resnet::expect_lower_error(report, kTest, resnet34, resnet18);
  resnet::expect_lower_error(report, kTest, resnet34, plain34);
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_experiment(
      argc, argv,
      {.name = "table2_plain_vs_residual",
       .title = "Table 2. Top-1 error (10-crop testing) of plain nets and ResNets on ImageNet",
       .nets = resnet::paper::table2_nets(),
       .report = report,
       .measurement = resnet::photo_measurement(kTest)});
}

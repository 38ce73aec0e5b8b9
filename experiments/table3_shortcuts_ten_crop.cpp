// SPDX-License-Identifier: MIT
// Table 3. Errors by ten crops on ImageNet's validation images: shortcut options A, B and C, and deeper ResNets.
#include "experiment/experiment.hpp"
#include "experiment/photo_claims.hpp"
#include "paper/imagenet_errors.hpp"

namespace {

constexpr auto kTest = resnet::TestView::kTenCrop;

void report(resnet::Report& report) {
  using resnet::Family;
  using resnet::Shortcut;
  resnet::photo_error_rows(report, resnet::paper::kTable3Others);
  for (const auto& reported : resnet::paper::kTable3) {
    const auto& net = report.find(reported.family, reported.depth, reported.shortcut);
    resnet::photo_error_rows(report, net, kTest, reported.errors);
  }
  const resnet::NetResult& plain34 = report.find(Family::kPlain, 34);
  const resnet::NetResult& a = report.find(Family::kResidual, 34, Shortcut::kZeroPadding);
  const resnet::NetResult& b = report.find(Family::kResidual, 34, Shortcut::kProjectionWhereNeeded);
  const resnet::NetResult& c = report.find(Family::kResidual, 34, Shortcut::kProjectionEverywhere);
  for (const resnet::NetResult* net : {&a, &b, &c}) resnet::expect_lower_error(report, kTest, *net, plain34);
  resnet::expect_lower_error(report, kTest, b, a);
  resnet::expect_lower_error(report, kTest, c, b);
  resnet::expect_gains_from_depth(report, kTest,
                                  {&b, &report.find(Family::kResidual, 50), &report.find(Family::kResidual, 101),
                                   &report.find(Family::kResidual, 152)});
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_experiment(
      argc, argv,
      {.name = "table3_shortcuts_ten_crop",
       .title = "Table 3. Errors (10-crop testing) on ImageNet with shortcut options A, B and C, and of deeper nets",
       .nets = resnet::paper::table3_nets(),
       .report = report,
       .measurement = resnet::photo_measurement(kTest)});
}

// SPDX-License-Identifier: MIT
// Table 4. Errors of single models on ImageNet's validation images, tested densely at five scales.
#include "experiment/experiment.hpp"
#include "experiment/photo_claims.hpp"
#include "paper/imagenet_errors.hpp"

namespace {

constexpr auto kTest = resnet::TestView::kDense;

void report(resnet::Report& report) {
  resnet::photo_error_rows(report, resnet::paper::kTable4Others);
  std::vector<const resnet::NetResult*> by_depth;
  for (const auto& reported : resnet::paper::kTable4) {
    const auto& net = report.find(reported.family, reported.depth, reported.shortcut);
    resnet::photo_error_rows(report, net, kTest, reported.errors);
    if (reported.shortcut == resnet::Shortcut::kProjectionWhereNeeded) by_depth.push_back(&net);
  }
  resnet::expect_gains_from_depth(report, kTest, by_depth);
  resnet::expect_better_than_ensembles(report, kTest, *by_depth.back());
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_experiment(argc, argv,
                                {.name = "table4_single_model",
                                 .title = "Table 4. Errors of single models (multi-scale testing) on ImageNet",
                                 .nets = resnet::paper::table4_nets(),
                                 .report = report,
                                 .measurement = resnet::photo_measurement(kTest)});
}

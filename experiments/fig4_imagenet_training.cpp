// SPDX-License-Identifier: MIT
// Figure 4. Training on ImageNet: plain networks of 18 and 34 layers (left), and ResNets (right).
#include "experiment/experiment.hpp"
#include "experiment/photo_claims.hpp"
#include "paper/imagenet_errors.hpp"

namespace {

constexpr resnet::Range kErrors = {20, 60};  // as in the figure

void report(resnet::Report& report) {
  using resnet::Family;
  for (const resnet::NetResult& net : report.nets()) {
    report.error_row(net, "training error", std::nullopt, net.training_error());
    report.error_row(net, "validation error, centre crop", std::nullopt, net.test_error());
  }
  const resnet::NetResult& plain18 = report.find(Family::kPlain, 18);
  const resnet::NetResult& plain34 = report.find(Family::kPlain, 34);
  const resnet::NetResult& resnet18 = report.find(Family::kResidual, 18);
  const resnet::NetResult& resnet34 = report.find(Family::kResidual, 34);
  report.expect_higher_training_error("plain-34 ends with a higher training error than plain-18", plain34, plain18);
  resnet::expect_higher_throughout(report, plain34, plain18);
  report.expect_higher_test_error("plain-34 ends with a higher validation error than plain-18", plain34, plain18);
  report.expect_higher_test_error("ResNet-34 ends with a lower validation error than ResNet-18", resnet18, resnet34);
  report.expect_higher_training_error("ResNet-34 converges to a lower training error than ResNet-18", resnet18,
                                      resnet34);
  report.expect_higher_training_error("ResNet-34 converges to a lower training error than plain-34", plain34, resnet34);
  resnet::expect_faster_convergence(report, resnet18, plain18);
  report.panel("plain nets", {&plain18, &plain34}, kErrors);
  report.panel("ResNets", {&resnet18, &resnet34}, kErrors);
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_experiment(argc, argv,
                                {.name = "fig4_imagenet_training",
                                 .title = "Figure 4. Training on ImageNet of plain nets and ResNets",
                                 .nets = resnet::paper::figure4_nets(),
                                 .report = report});
}

// SPDX-License-Identifier: MIT
// Figure 1. Training error and test error on CIFAR-10 of 20-layer and 56-layer plain networks.
#include "experiment/experiment.hpp"

namespace {

void report(resnet::Report& report) {
  const resnet::NetResult& plain20 = report.find(resnet::Family::kPlain, 20);
  const resnet::NetResult& plain56 = report.find(resnet::Family::kPlain, 56);
  for (const resnet::NetResult& net : report.nets()) {
    report.error_row(net, "training error", std::nullopt, net.training_error());
    report.error_row(net, "test error", std::nullopt, net.test_error());
  }
  report.expect_higher_training_error("the 56-layer plain net ends with the higher training error", plain56, plain20);
  report.expect_higher_test_error("the 56-layer plain net ends with the higher test error", plain56, plain20);
  report.panel("plain nets on CIFAR-10", {&plain20, &plain56});
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_experiment(
      argc, argv,
      {.name = "fig1_plain_degradation",
       .title = "Figure 1. Training and test error on CIFAR-10 of 20-layer and 56-layer plain networks",
       .nets = resnet::paper::figure1_nets(),
       .report = report});
}

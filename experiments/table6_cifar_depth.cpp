// SPDX-License-Identifier: MIT
// Table 6. Classification error on the CIFAR-10 test set of ResNets with 20 to 1202 layers.
#include "experiment/depth_claims.hpp"
#include "experiment/experiment.hpp"

namespace {

void add_rows(resnet::Report& report, const resnet::paper::OtherMethod& other) {
  const std::string name(other.name);
  if (other.parameters_millions) report.row(name + ", parameters", other.parameters_millions, std::nullopt, "M");
  report.error_row(name + ", error", other.error);
}

void add_rows(resnet::Report& report, const resnet::paper::ReportedNet& reported) {
  const resnet::NetResult& net = report.find(resnet::Family::kResidual, reported.depth);
  const auto parameters =
      net.runs.empty() ? std::nullopt : std::optional(static_cast<double>(net.runs.front().parameters) / 1e6);
  report.row(net.name() + ", parameters", reported.parameters_millions, parameters, "M");
  report.error_row(net, "error", reported.error, net.test_error());
}

void report(resnet::Report& report) {
  for (const auto& other : resnet::paper::kTable6Others) add_rows(report, other);
  for (const auto& reported : resnet::paper::kTable6) add_rows(report, reported);
  resnet::expect_gains_from_depth(report);
  report.panel("ResNets on CIFAR-10", report.family(resnet::Family::kResidual));
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_experiment(argc, argv,
                                {.name = "table6_cifar_depth",
                                 .title = "Table 6. Classification error on the CIFAR-10 test set",
                                 .nets = resnet::paper::table6_nets(),
                                 .report = report});
}

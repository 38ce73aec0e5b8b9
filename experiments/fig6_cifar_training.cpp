// SPDX-License-Identifier: MIT
// Figure 6. Training on CIFAR-10: plain networks, ResNets, and ResNets with 110 and 1202 layers.
#include <fmt/format.h>

#include <array>

#include "experiment/experiment.hpp"

namespace {

using resnet::Family;

// The depths of the left and the middle panel, whose neighbours the claims compare.
constexpr std::array<std::int64_t, 5> kDepths = {20, 32, 44, 56, 110};

void compare_neighbours(resnet::Report& report) {
  for (std::size_t i = 1; i < kDepths.size(); ++i) {
    const auto shallow = kDepths[i - 1];
    const auto deep = kDepths[i];
    report.expect_higher_training_error(
        fmt::format("plain-{} has a higher training error than plain-{}", deep, shallow),
        report.find(Family::kPlain, deep), report.find(Family::kPlain, shallow));
    report.expect_higher_test_error(fmt::format("ResNet-{} has a lower test error than ResNet-{}", deep, shallow),
                                    report.find(Family::kResidual, shallow), report.find(Family::kResidual, deep));
  }
}

void report(resnet::Report& report) {
  for (const resnet::NetResult& net : report.nets()) {
    if (net.runs.empty()) continue;
    const auto* reported = net.model.family == Family::kResidual ? resnet::paper::table6_row(net.model.depth) : nullptr;
    report.row(net.name() + ", training error", std::nullopt, net.training_error().mean, "%");
    report.row(net.name() + ", test error", reported ? std::optional(reported->error_percent) : std::nullopt,
               net.test_error().mean, "%");
  }

  compare_neighbours(report);
  const auto* plain110 = report.find(Family::kPlain, 110);
  const auto* resnet110 = report.find(Family::kResidual, 110);
  const auto* resnet1202 = report.find(Family::kResidual, 1202);
  report.expect_above("plain-110 ends above 60 % test error",
                      plain110 ? std::optional(plain110->test_error().mean) : std::nullopt,
                      resnet::paper::kPlain110ErrorPercent);
  report.expect_below("ResNet-1202 trains to below 0.1 % training error",
                      resnet1202 ? std::optional(resnet1202->training_error().mean) : std::nullopt,
                      resnet::paper::kResnet1202TrainingErrorPercent);
  report.expect_higher_test_error("ResNet-1202 has a higher test error than ResNet-110", resnet1202, resnet110);

  const auto nets = [&](Family family) {
    std::vector<const resnet::NetResult*> found;
    for (const auto depth : kDepths) found.push_back(report.find(family, depth));
    return found;
  };
  report.panel("plain nets", nets(Family::kPlain));
  report.panel("ResNets", nets(Family::kResidual));
  report.panel("110 and 1202 layers", {resnet110, resnet1202});
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_experiment(argc, argv,
                                {.name = "fig6_cifar_training",
                                 .title = "Figure 6. Training on CIFAR-10",
                                 .nets = resnet::paper::figure6_nets(),
                                 .report = report});
}

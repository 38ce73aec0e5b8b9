// SPDX-License-Identifier: MIT
// Table 6. Classification error on the CIFAR-10 test set of ResNets with 20 to 1202 layers.
#include <fmt/format.h>

#include "experiment/experiment.hpp"

namespace {

using resnet::Family;

void add_rows(resnet::Report& report, const resnet::paper::ReportedNet& reported) {
  const resnet::NetResult* net = report.find(Family::kResidual, reported.depth);
  const std::string name = fmt::format("ResNet-{}", reported.depth);
  const auto ours = [&](auto value) { return net ? std::optional<double>(value(*net)) : std::nullopt; };
  report.row(name + ", parameters", reported.parameters_millions,
             ours([](const auto& n) { return static_cast<double>(n.runs.front().parameters) / 1e6; }), "M");
  if (!reported.mean_percent) {
    report.row(name + ", error", reported.error_percent, ours([](const auto& n) { return n.test_error().mean; }), "%");
    return;
  }
  const std::string runs = fmt::format(" of {} runs", net ? net->runs.size() : 5);
  report.row(name + ", error, best" + runs, reported.error_percent,
             ours([](const auto& n) { return n.test_error().least; }), "%");
  report.row(name + ", error, mean" + runs, reported.mean_percent,
             ours([](const auto& n) { return n.test_error().mean; }), "%");
  const bool has_deviation = net && net->runs.size() > 1;
  report.row(name + ", error, standard deviation", reported.deviation_percent,
             has_deviation ? std::optional(net->test_error().deviation) : std::nullopt, "%");
}

void report(resnet::Report& report) {
  for (const auto& other : resnet::paper::kTable6Others) {
    report.row(std::string(other.name) + ", error", other.error_percent, std::nullopt, "%");
  }
  for (const auto& reported : resnet::paper::kTable6) add_rows(report, reported);

  const auto& rows = resnet::paper::kTable6;
  for (std::size_t i = 1; i + 1 < rows.size(); ++i) {
    report.expect_higher_test_error(
        fmt::format("ResNet-{} has a lower error than ResNet-{}", rows[i].depth, rows[i - 1].depth),
        report.find(Family::kResidual, rows[i - 1].depth), report.find(Family::kResidual, rows[i].depth));
  }
  report.expect_higher_test_error("ResNet-1202 has a higher error than ResNet-110",
                                  report.find(Family::kResidual, 1202), report.find(Family::kResidual, 110));

  std::vector<const resnet::NetResult*> nets;
  for (const auto& row : rows) nets.push_back(report.find(Family::kResidual, row.depth));
  report.panel("ResNets on CIFAR-10", nets);
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_experiment(argc, argv,
                                {.name = "table6_cifar_depth",
                                 .title = "Table 6. Classification error on the CIFAR-10 test set",
                                 .nets = resnet::paper::table6_nets(),
                                 .report = report});
}

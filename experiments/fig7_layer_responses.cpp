// SPDX-License-Identifier: MIT
// Figure 7. Standard deviations of the layer responses on CIFAR-10, of plain nets and ResNets.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "cli/progress.hpp"
#include "core/median.hpp"
#include "core/stop_request.hpp"
#include "exchange/trained_model.hpp"
#include "experiment/experiment.hpp"
#include "tensor/precision.hpp"
#include "train/layer_responses.hpp"

namespace {

using resnet::NetResult;

constexpr const char* kFile = "layer_responses.csv";
constexpr const char* kDeviation = "response_std";
constexpr const char* kSorted = "sorted_response_std";

std::optional<resnet::CsvTable> measure(const resnet::RunFolder& run, const resnet::Recipe& recipe,
                                        const resnet::LoadedData* loaded, const resnet::TrainOptions& options) {
  const auto& data = std::get<resnet::Cifar10>(*loaded);
  const resnet::TrainedModel model = resnet::load_trained_model(run.path);
  model.net->to(options.runtime.device);
  const resnet::PrecisionScope precision(recipe.precision, options.runtime.device);
  resnet::ProgressLine line;
  const auto responses = resnet::measure_layer_responses(
      *model.net, data.test, model.input, options.runtime.device, [&](std::int64_t done) {
        line.update(fmt::format("{}: layer responses to {} of {} images", run.id(), done, data.test.size()));
        return !resnet::stop_requested();
      });
  if (!responses) return std::nullopt;
  resnet::CsvTable table{{"layer", kDeviation, "mean_channel_std", kSorted}, std::vector<std::vector<double>>(4), {}};
  for (const resnet::LayerResponse& response : *responses) {
    table.columns[0].push_back(static_cast<double>(table.columns[0].size() + 1));
    table.columns[1].push_back(response.deviation);
    table.columns[2].push_back(response.mean_channel_deviation);
  }
  table.columns[3] = table.columns[1];
  std::ranges::sort(table.columns[3], std::greater<>());
  return table;
}

/// Differs  The paper compares curves by eye; here the medians over their layers stand for them.
std::optional<double> median_response(const NetResult& net) {
  const auto table = resnet::measured(net, kFile);
  return table ? std::optional(resnet::median(table->column(kDeviation))) : std::nullopt;
}

void expect_lower(resnet::Report& report, const std::string& why, const NetResult& lower, const NetResult& higher) {
  const auto low = median_response(lower);
  const auto high = median_response(higher);
  const bool is_known = low && high;
  report.expect(fmt::format("{}: the median response of {}, in percent of that of {}, is below 100", why, lower.name(),
                            higher.name()),
                {&lower, &higher}, is_known ? std::optional(*low < *high) : std::nullopt,
                is_known ? std::optional(100 * *low / *high) : std::nullopt);
}

resnet::Panel panel_of(resnet::Report& report, const std::string& title, const std::string& column) {
  resnet::Panel panel;
  panel.title = title;
  panel.x_label = "layer index";
  panel.y_label = "std";
  for (const NetResult& net : report.nets()) {
    if (!resnet::measured(net, kFile)) continue;
    const std::string csv = net.folders.front().id() + "-responses.csv";
    report.curve_file(csv, net.folders.front().path / kFile);
    panel.series.push_back({net.name(), csv, "layer", column, resnet::line_style_of(net.model.family),
                            resnet::colour_of(net.model.depth)});
  }
  return panel;
}

void report(resnet::Report& report) {
  using resnet::Family;
  for (const NetResult& net : report.nets()) {
    report.row(net.name() + ", median std of the layers' responses", std::nullopt, median_response(net), "");
  }
  const NetResult& resnet20 = report.find(Family::kResidual, 20);
  const NetResult& resnet56 = report.find(Family::kResidual, 56);
  const NetResult& resnet110 = report.find(Family::kResidual, 110);
  const std::string residual_is_smaller = "ResNets respond less than their plain counterparts";
  expect_lower(report, residual_is_smaller, resnet20, report.find(Family::kPlain, 20));
  expect_lower(report, residual_is_smaller, resnet56, report.find(Family::kPlain, 56));
  const std::string deeper_is_smaller = "the deeper the ResNet, the smaller the responses";
  expect_lower(report, deeper_is_smaller, resnet56, resnet20);
  expect_lower(report, deeper_is_smaller, resnet110, resnet56);
  report.panel(panel_of(report, "in the order of the layers", kDeviation));
  report.panel(panel_of(report, "sorted in descending order", kSorted));
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_experiment(
      argc, argv,
      {.name = "fig7_layer_responses",
       .title = "Figure 7. Standard deviations of layer responses on CIFAR-10",
       .nets = resnet::paper::figure7_nets(),
       .report = report,
       .measurement = resnet::Measurement{.files = {kFile}, .measure = measure, .needs_weights = true}});
}

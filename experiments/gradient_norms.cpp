// SPDX-License-Identifier: MIT
// Section 4.1. Norms of the gradients of plain nets and ResNets, layer by layer, at the start and during training.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "cli/print.hpp"
#include "core/median.hpp"
#include "experiment/experiment.hpp"

namespace {

using resnet::NetResult;

constexpr const char* kFile = "gradient_profile.csv";
constexpr const char* kStart = "log10_start_norm";
constexpr const char* kTraining = "log10_training_norm";

/// The paper calls norms healthy and gives no number: here those of a net none of whose layers lies two powers of ten
/// below the middle one.
constexpr double kHealthy = -2;

double mean_from_second(const std::vector<double>& values) {
  const std::size_t first = values.size() > 1 ? 1 : 0;
  return std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(first), values.end(), 0.0) /
         static_cast<double>(values.size() - first);
}

bool has_whole_log(const resnet::RunFolder& run) {
  if (!std::filesystem::exists(run.gradients_csv())) return false;
  const resnet::CsvTable log = resnet::read_csv(run.gradients_csv());
  return log.rows() > 0 && log.column("iteration").front() == 1;
}

/// The columns of gradients.csv, one for each layer, as rows: what a chart over the layers needs.
std::optional<resnet::CsvTable> measure(const resnet::RunFolder& run, const resnet::Cifar10&,
                                        const resnet::TrainOptions&) {
  if (!has_whole_log(run)) {
    resnet::tell(
        "{}: has no gradients from its first step on: it is of an earlier version, or --log-gradients-every "
        "was 0; remove the folder to train it anew\n",
        run.path.string());
    return std::nullopt;
  }
  const resnet::CsvTable log = resnet::read_csv(run.gradients_csv());
  resnet::CsvTable profile{{"layer", kStart, kTraining}, std::vector<std::vector<double>>(3), {}};
  for (std::size_t layer = 1; layer < log.columns.size(); ++layer) {  // the first column is the iteration
    profile.columns[0].push_back(static_cast<double>(layer));
    profile.columns[1].push_back(std::log10(log.columns[layer].front()));
    profile.columns[2].push_back(std::log10(mean_from_second(log.columns[layer])));
  }
  return profile;
}

std::optional<resnet::CsvTable> profile_of(const NetResult& net) {
  if (net.folders.empty() || !std::filesystem::exists(net.folders.front().path / kFile)) return std::nullopt;
  return resnet::read_csv(net.folders.front().path / kFile);
}

/// How far the smallest of a net's layers lies from the middle one, in powers of ten.
double depth_of_lowest(const std::vector<double>& norms) {
  return *std::ranges::min_element(norms) - resnet::median(norms);
}

void expect_healthy(resnet::Report& report, const NetResult& net, const char* column, const std::string& when) {
  const auto profile = profile_of(net);
  const auto lowest = profile ? std::optional(depth_of_lowest(profile->column(column))) : std::nullopt;
  report.expect(fmt::format("the gradients of {} do not vanish {}: log10 of the lowest layer's norm over the median "
                            "layer's is above {}",
                            net.name(), when, kHealthy),
                lowest ? std::optional(*lowest > kHealthy) : std::nullopt, lowest);
}

resnet::Panel panel(const std::string& title, const std::string& x_label, const std::string& y_label) {
  resnet::Panel panel;
  panel.title = title;
  panel.x_label = x_label;
  panel.y_label = y_label;
  return panel;
}

void report(resnet::Report& report) {
  resnet::Panel start = panel("in the first iteration", "layer index", "log10 of the gradient's norm");
  resnet::Panel training = panel("mean over training", "layer index", "");
  resnet::Panel first_layer = panel("first layer", "iter.", "norm");
  for (const NetResult& net : report.nets()) {
    expect_healthy(report, net, kStart, "at the start");
    expect_healthy(report, net, kTraining, "during training");
    const auto profile = profile_of(net);
    if (!profile) continue;
    const auto norm_of = [&](const char* column) {
      return std::optional(std::pow(10, resnet::median(profile->column(column))));
    };
    report.row(net.name() + ", median norm at the start", std::nullopt, norm_of(kStart), "");
    report.row(net.name() + ", median norm during training", std::nullopt, norm_of(kTraining), "");
    const resnet::RunFolder& run = net.folders.front();
    report.curve_file(run.id() + "-profile.csv", run.path / kFile);
    report.curve_file(run.id() + "-gradients.csv", run.gradients_csv());
    const auto style =
        net.model.family == resnet::Family::kPlain ? resnet::LineStyle::kDashed : resnet::LineStyle::kBold;
    const int colour = resnet::colour_of(net.model.depth);
    start.series.push_back({net.name(), run.id() + "-profile.csv", "layer", kStart, style, colour});
    training.series.push_back({net.name(), run.id() + "-profile.csv", "layer", kTraining, style, colour});
    first_layer.series.push_back({net.name(), run.id() + "-gradients.csv", "iteration", "conv1", style, colour});
  }
  report.panel(std::move(start));
  report.panel(std::move(training));
  report.panel(std::move(first_layer));
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_experiment(argc, argv,
                                {.name = "gradient_norms",
                                 .title = "Section 4.1. Norms of the gradients of plain nets and ResNets",
                                 .nets = resnet::paper::gradient_nets(),
                                 .report = report,
                                 .measurement = resnet::Measurement{kFile, measure}});
}

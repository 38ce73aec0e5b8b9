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

/// Differs  The paper calls norms healthy and gives no number: here a net's are if none of its layers lies two powers
///          of ten below the median one.
constexpr double kHealthy = -2;

/// A norm of 0 is drawn, and judged, as one that is far too small.
double log10_of(double norm) { return std::log10(std::max(norm, 1e-30)); }

double mean_from_second(const std::vector<double>& values) {
  return std::accumulate(values.begin() + 1, values.end(), 0.0) / static_cast<double>(values.size() - 1);
}

/// Whether the log has the first iteration and every so many of them, to the end.
bool has_whole_log(const resnet::RunFolder& run) {
  if (!std::filesystem::exists(run.gradients_csv())) return false;
  const std::vector<double> at = resnet::read_csv(run.gradients_csv()).column("iteration");
  if (at.size() < 3 || at[0] != 1) return false;
  const double every = at[2] - at[1];
  const double second = every == 1 ? 2 : every;  // where every one is logged, the first is a multiple already
  for (std::size_t i = 1; i < at.size(); ++i) {
    if (at[i] != second + every * static_cast<double>(i - 1)) return false;
  }
  return at.back() + every > static_cast<double>(resnet::read_result(run).iterations);
}

/// The columns of gradients.csv, one for each layer, as rows: what a chart over the layers needs.
std::optional<resnet::CsvTable> measure(const resnet::RunFolder& run, const resnet::Recipe&, const resnet::LoadedData*,
                                        const resnet::TrainOptions&) {
  if (!has_whole_log(run)) {
    resnet::tell(
        "{}: has no log of gradients from its first step to its last, of three rows at least: it is too short, or was "
        "trained with another --log-gradients-every; remove the folder to train it anew\n",
        run.path.string());
    return std::nullopt;
  }
  const resnet::CsvTable log = resnet::read_csv(run.gradients_csv());
  resnet::CsvTable profile{{"layer", kStart, kTraining}, std::vector<std::vector<double>>(3), {}};
  for (std::size_t layer = 1; layer < log.columns.size(); ++layer) {  // the first column is the iteration
    profile.columns[0].push_back(static_cast<double>(layer));
    profile.columns[1].push_back(log10_of(log.columns[layer].front()));
    profile.columns[2].push_back(log10_of(mean_from_second(log.columns[layer])));
  }
  return profile;
}

/// How far the smallest norm lies from the median one, in powers of ten.
double depth_of_smallest(const std::vector<double>& norms) {
  return *std::ranges::min_element(norms) - resnet::median(norms);
}

void expect_healthy(resnet::Report& report, const NetResult& net, const char* column, const std::string& when) {
  const auto profile = resnet::measured(net, kFile);
  const auto depth = profile ? std::optional(depth_of_smallest(profile->column(column))) : std::nullopt;
  report.expect(fmt::format("the gradients of {} do not vanish {}: log10 of the smallest layer's norm over the median "
                            "layer's is above {}",
                            net.name(), when, kHealthy),
                {&net}, depth ? std::optional(*depth > kHealthy) : std::nullopt, depth);
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
  resnet::Panel training = panel("mean over the later iterations", "layer index", "");
  resnet::Panel first_layer = panel("first layer", "iter.", "norm of the gradient");
  first_layer.y_scale = resnet::Scale::kLog;  // that of plain-56 falls by four powers of ten as training begins
  for (const NetResult& net : report.nets()) {
    expect_healthy(report, net, kStart, "at the start");
    expect_healthy(report, net, kTraining, "during training");
    const auto profile = resnet::measured(net, kFile);
    if (!profile) continue;
    const auto norm_of = [&](const char* column) {
      return std::optional(std::pow(10, resnet::median(profile->column(column))));
    };
    report.row(net.name() + ", median norm at the start", std::nullopt, norm_of(kStart), "");
    report.row(net.name() + ", median norm during training", std::nullopt, norm_of(kTraining), "");
    const resnet::RunFolder& run = net.folders.front();
    report.curve_file(run.id() + "-profile.csv", run.path / kFile);
    report.curve_file(run.id() + "-gradients.csv", run.gradients_csv());
    const auto style = resnet::line_style_of(net.model.family);
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
  return resnet::run_experiment(
      argc, argv,
      {.name = "gradient_norms",
       .title = "Section 4.1. Norms of the gradients of plain nets and ResNets",
       .nets = resnet::paper::gradient_nets(),
       .report = report,
       .measurement = resnet::Measurement{.files = {kFile}, .measure = measure, .needs_images = false}});
}

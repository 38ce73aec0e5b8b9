// SPDX-License-Identifier: MIT
// Table 3. Errors by ten crops on ImageNet's validation images: shortcut options A, B and C, and deeper ResNets.
#include <fmt/format.h>

#include <cmath>

#include "experiment/experiment.hpp"
#include "experiment/photo_claims.hpp"
#include "paper/imagenet_errors.hpp"

namespace {

using resnet::NetResult;

constexpr auto kTest = resnet::TestView::kTenCrop;

/// Paper    Section 4.1: all three options are "considerably better than the plain counterpart", and "the small
///          differences among A/B/C indicate that projection shortcuts are not essential".
/// Differs  The paper gives no number: here the options may differ by less than A, without projections, gains. No
///          margin.
void expect_small_differences(resnet::Report& report, const NetResult& plain, const NetResult& a, const NetResult& c) {
  const auto plain_error = resnet::top1_error(plain, kTest);
  const auto a_error = resnet::top1_error(a, kTest);
  const auto c_error = resnet::top1_error(c, kTest);
  std::optional<double> more;
  if (plain_error && a_error && c_error) {
    more = (plain_error->mean - a_error->mean) - std::abs(a_error->mean - c_error->mean);
  }
  report.expect(fmt::format("projections are not essential: {} gains more over {} than it differs from {}", a.name(),
                            plain.name(), c.name()),
                {&plain, &a, &c}, more ? std::optional(*more > 0) : std::nullopt, more);
}

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
  expect_small_differences(report, plain34, a, c);
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

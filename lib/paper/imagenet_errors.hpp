// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/model_spec.hpp"
#include "paper/cifar.hpp"

namespace resnet::paper {

/// A net of Table 1, for ImageNet's classes.
ModelSpec imagenet_plain(std::int64_t depth);
ModelSpec imagenet_residual(std::int64_t depth, Shortcut shortcut);

/// Plain and residual nets of 18 and 34 layers, the residual ones with option A (Table 2 and Figure 4).
std::vector<NetRuns> table2_nets();
std::vector<NetRuns> figure4_nets();

/// Plain-34, ResNet-34 with options A, B and C, and 50, 101 and 152 layers (Table 3).
std::vector<NetRuns> table3_nets();

/// ResNet-34 with options B and C, and 50, 101 and 152 layers (Table 4).
std::vector<NetRuns> table4_nets();

/// The models of the ensemble of Table 5.
///
/// Paper    Section 4.1: "six models of different depth", of which two had 152 layers.
/// Differs  The paper does not name the others: here they are those of Table 4, with two runs of 152 layers.
std::vector<NetRuns> table5_nets();
inline constexpr std::int64_t kEnsembleModels = 6;

/// Errors of one net, in percent; those that the paper leaves out are missing.
struct ReportedErrors {
  std::optional<double> top1_percent = {};
  std::optional<double> top5_percent = {};
};

/// What the paper gives for one of its nets.
struct ReportedImageNet {
  Family family;
  std::int64_t depth;
  Shortcut shortcut;
  ReportedErrors errors;
};

/// Table 2: top-1 errors by ten crops.
inline constexpr std::array<ReportedImageNet, 4> kTable2 = {
    {{Family::kPlain, 18, Shortcut::kZeroPadding, {27.94, {}}},
     {Family::kPlain, 34, Shortcut::kZeroPadding, {28.54, {}}},
     {Family::kResidual, 18, Shortcut::kZeroPadding, {27.88, {}}},
     {Family::kResidual, 34, Shortcut::kZeroPadding, {25.03, {}}}}};

/// Section 4.1: by how many points ResNet-34 is better than ResNet-18, and than plain-34.
inline constexpr double kGainOver18 = 2.8;
inline constexpr double kGainOverPlain34 = 3.5;

/// Table 2's difference between ResNet-18 and plain-18, which Section 4.1 calls "comparably accurate".
inline constexpr double kGainOverPlain18 = 0.06;

/// Table 3: top-1 and top-5 errors by ten crops.
inline constexpr std::array<ReportedImageNet, 7> kTable3 = {
    {{Family::kPlain, 34, Shortcut::kZeroPadding, {28.54, 10.02}},
     {Family::kResidual, 34, Shortcut::kZeroPadding, {25.03, 7.76}},
     {Family::kResidual, 34, Shortcut::kProjectionWhereNeeded, {24.52, 7.46}},
     {Family::kResidual, 34, Shortcut::kProjectionEverywhere, {24.19, 7.40}},
     {Family::kResidual, 50, Shortcut::kProjectionWhereNeeded, {22.85, 6.71}},
     {Family::kResidual, 101, Shortcut::kProjectionWhereNeeded, {21.75, 6.05}},
     {Family::kResidual, 152, Shortcut::kProjectionWhereNeeded, {21.43, 5.71}}}};

/// Table 4: errors of a single model, tested densely at five scales.
inline constexpr std::array<ReportedImageNet, 5> kTable4 = {
    {{Family::kResidual, 34, Shortcut::kProjectionWhereNeeded, {21.84, 5.71}},
     {Family::kResidual, 34, Shortcut::kProjectionEverywhere, {21.53, 5.60}},
     {Family::kResidual, 50, Shortcut::kProjectionWhereNeeded, {20.74, 5.25}},
     {Family::kResidual, 101, Shortcut::kProjectionWhereNeeded, {19.87, 4.60}},
     {Family::kResidual, 152, Shortcut::kProjectionWhereNeeded, {19.38, 4.49}}}};

/// Table 5: the top-5 error of the ensemble, on the images of the test server.
inline constexpr double kEnsembleTop5Percent = 3.57;

/// What the paper compares with in the same tables.
struct ReportedMethod {
  std::string_view name;
  ReportedErrors errors;
};
inline constexpr std::array<ReportedMethod, 3> kTable3Others = {
    {{"VGG-16", {28.07, 9.33}}, {"GoogLeNet", {{}, 9.15}}, {"PReLU-net", {24.27, 7.38}}}};
inline constexpr std::array<ReportedMethod, 5> kTable4Others = {{{"VGG (ILSVRC'14, on the test images)", {{}, 8.43}},
                                                                 {"GoogLeNet (ILSVRC'14)", {{}, 7.89}},
                                                                 {"VGG (v5)", {24.4, 7.1}},
                                                                 {"PReLU-net", {21.59, 5.71}},
                                                                 {"BN-inception", {21.99, 5.81}}}};
inline constexpr std::array<ReportedMethod, 5> kTable5Others = {{{"VGG (ILSVRC'14)", {{}, 7.32}},
                                                                 {"GoogLeNet (ILSVRC'14)", {{}, 6.66}},
                                                                 {"VGG (v5)", {{}, 6.8}},
                                                                 {"PReLU-net", {{}, 4.94}},
                                                                 {"BN-inception", {{}, 4.82}}}};

/// The best of these.
inline constexpr double kBestOtherTop5Percent = 4.82;

}  // namespace resnet::paper

// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "experiment/experiment.hpp"
#include "experiment/report.hpp"
#include "paper/imagenet_errors.hpp"
#include "train/image_scores.hpp"
#include "train/photo_scores.hpp"

namespace resnet {

/// Tests nets on the validation images in this way: the errors go to a CSV file in the run's folder, and the scores of
/// each image, for ensembles, beside it. Of every run, not the first alone.
Measurement photo_measurement(TestView test);

/// The same for an ensemble: a run that has its errors and lost its scores is tested again.
Measurement ensemble_measurement(TestView test);

/// What it measured of the net's runs, in percent; nothing if of none.
std::optional<Statistics> top1_error(const NetResult& net, TestView test);
std::optional<Statistics> top5_error(const NetResult& net, TestView test);

/// The scores of the net's first `most` runs, as far as they are there.
std::vector<ImageScores> photo_scores_of(const NetResult& net, TestView test, std::int64_t most);

/// A row for each error that the paper gives, beside ours: that of the run, or of several the mean and deviation.
void photo_error_rows(Report& report, const NetResult& net, TestView test, const paper::ReportedErrors& reported);
void photo_error_rows(Report& report, std::span<const paper::ReportedMethod> others);

/// By how many points the first net's top-1 error is the lower one.
void gain_row(Report& report, TestView test, const NetResult& better, const NetResult& other, double reported);

/// The paper says that the first net has the lower top-1 error.
void expect_lower_error(Report& report, TestView test, const NetResult& lower, const NetResult& higher);

/// The paper says that each of these nets has lower errors, top-1 and top-5, than the one before it.
///
/// Paper    Section 4.1: "The benefits of depth are witnessed for all evaluation metrics (Table 3 and 4)."
void expect_gains_from_depth(Report& report, TestView test, const std::vector<const NetResult*>& nets);

/// The paper says that this net alone is better than every ensemble before it. Of a reduced result the claim stays
/// open: others' errors are of ImageNet, at the paper's setting.
///
/// Paper    Section 4.1: "Our 152-layer ResNet has a single-model top-5 validation error of 4.49%. This single-model
///          result outperforms all previous ensemble results (Table 5)."
/// Differs  Theirs are errors on the test server's images, and are compared without a margin.
void expect_better_than_ensembles(Report& report, TestView test, const NetResult& net);

/// The paper says that the first net converges faster.
///
/// Paper    Section 4.1: "the 18-layer ResNet converges faster (Fig. 4 right vs. left)".
/// Differs  The paper shows it by curves. Here the training error is averaged over the tests of the first half of the
///          iterations, and the net with the lower average has converged faster.
void expect_faster_convergence(Report& report, const NetResult& faster, const NetResult& slower);

/// The paper says that the first net has the higher training error from the first test to the last.
///
/// Paper    Section 4.1: plain-34 "has higher training error throughout the whole training procedure".
/// Differs  The paper shows it by curves. Here the nets' first runs are compared at each test, without a margin.
void expect_higher_throughout(Report& report, const NetResult& higher, const NetResult& lower);

}  // namespace resnet

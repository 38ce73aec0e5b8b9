// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "model/model_spec.hpp"
#include "tensor/precision.hpp"
#include "tensor/runtime.hpp"
#include "train/train_step.hpp"

namespace resnet {

/// What to measure, and for how long.
struct BenchmarkOptions {
  ModelSpec model;
  std::int64_t batch = 128;
  Precision precision = Precision::kFloat32;
  std::uint64_t seed = 0;
  bool recompute_blocks = false;
  double seconds = 15;  ///< Of training; testing is measured for half as long.
};

/// How fast a net trains and tests here, from the median time of a batch.
///
/// Units    Seconds of one batch; images per second; 1e9 floating-point operations per second, a multiply-add being two.
struct Throughput {
  double train_images_per_second = 0;      ///< Data pipeline included: each batch is asked for, cropped and mirrored.
  double inference_images_per_second = 0;  ///< One batch again and again.
  double evaluate_10000_seconds = 0;       ///< The loop of `evaluate` over 10,000 images, at its own batch.
  double data_seconds = 0;                 ///< Waiting for a batch; the other phases are the step's.
  StepSeconds step_seconds;
  double train_gflops = 0;  ///< As if each convolution were computed as it is defined: Winograd's may exceed the peak.
  double peak_gflops = 0;   ///< What all threads reach in registers; in bf16, if it has no such products, on a matrix.
};

/// Measures on made-up images, after a warm-up.
Throughput measure_throughput(const BenchmarkOptions& options, const Runtime& runtime);

}  // namespace resnet

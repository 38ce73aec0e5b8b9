// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "model/cost.hpp"
#include "model/model_spec.hpp"
#include "tensor/precision.hpp"
#include "tensor/runtime.hpp"
#include "train/train_step.hpp"

namespace resnet {

/// What to measure, and for how long.
struct BenchmarkOptions {
  ModelSpec model;
  std::int64_t batch = 128;
  std::int64_t image_size = 32;  ///< Height and width of an image; of CIFAR-10's nets always 32.
  Precision precision = Precision::kFloat32;
  std::uint64_t seed = 0;
  bool recompute_blocks = false;
  double seconds = 15;  ///< Of training; testing is measured for half as long.
};

/// The batch that a net is measured at unless one is given: CIFAR-10's is the paper's, photographs come in
/// micro-batches of 32.
std::int64_t benchmark_batch(Design design);

/// How fast a net trains and tests here, from the median time of a batch.
///
/// Units    Seconds of one batch; images per second; 1e9 floating-point operations per second, a multiply-add being
///          two.
struct Throughput {
  double train_images_per_second = 0;      ///< Of CIFAR-10's nets with the making of each batch, cropped and mirrored.
  double inference_images_per_second = 0;  ///< One batch again and again.
  double evaluate_10000_seconds = 0;       ///< Of CIFAR-10's nets: the loop of `evaluate` over 10,000 images.
  double data_seconds = 0;                 ///< Waiting for a batch; the other phases are the step's.
  StepSeconds step_seconds;
  double train_gflops = 0;  ///< As if each convolution were computed as it is defined: Winograd's may exceed the peak.
  double peak_gflops =
      0;           ///< What all threads reach in registers; in bf16, if our kernels have no such products, on a matrix.
  ModelCost cost;  ///< Of one image of this size.
};

/// Measures on made-up images, after a warm-up.
///
/// A net for photographs is given a few batches that lie ready in memory: how fast photographs are read is measured
/// alone (batch/loader_speed.hpp), and is no matter of the net.
Throughput measure_throughput(const BenchmarkOptions& options, const Runtime& runtime);

/// How many photographs a second a net tests by ten crops.
struct TenCropSpeed {
  double images_per_second = 0;
  ModelCost cost;  ///< Of one crop.
};

/// Measures the test by ten crops, as `score_photos` does it: options.batch photographs at once, which there are
/// `photos_at_once`. The crops are made up and lie ready in memory.
///
/// Paper    Section 3.4, 10-crop testing.
TenCropSpeed measure_ten_crop(const BenchmarkOptions& options, const Runtime& runtime);

}  // namespace resnet

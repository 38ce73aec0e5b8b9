// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "model/model_spec.hpp"
#include "tensor/runtime.hpp"

namespace resnet {

/// How fast a net trains and tests here, from the median time of a batch.
///
/// Units    Images per second. Training includes the data pipeline: a batch is asked for, cropped, mirrored and copied.
struct Throughput {
  double train_images_per_second = 0;
  double inference_images_per_second = 0;
};

/// Measures on made-up images, for about `seconds` in training and half as long in inference, after a warm-up.
Throughput measure_throughput(const ModelSpec& spec, std::int64_t batch, double seconds, const Runtime& runtime);

}  // namespace resnet

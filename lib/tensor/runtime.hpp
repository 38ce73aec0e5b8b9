// SPDX-License-Identifier: MIT
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

namespace resnet {

/// Where and how this process computes.
struct Runtime {
  c10::Device device = c10::kCPU;
  std::int64_t threads = 0;
};

/// Sets up threads, memory and arithmetic for the process, once, before the first tensor.
///
/// Memory freed by one training step is kept for the next: glibc would hand large blocks back to the kernel and pay for
/// every page again. On CUDA, TF32 and the search for the fastest convolution are off, so that runs repeat.
///
/// `threads` 0 means all cores. Throws Error if the device is neither "cpu" nor "cuda", or if there is no CUDA here.
Runtime set_up_runtime(std::int64_t threads, const std::string& device);

/// The version of the LibTorch in use, e.g. "2.13.0".
std::string libtorch_version();

}  // namespace resnet

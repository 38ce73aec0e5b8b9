// SPDX-License-Identifier: MIT
#pragma once

#include <c10/core/Device.h>
#include <c10/core/DeviceType.h>

#include <cstdint>
#include <string>

#include "tensor/caching_allocator.hpp"
#include "tensor/kernel_choice.hpp"

namespace resnet {

/// What the user may choose of it.
struct RuntimeOptions {
  std::int64_t threads = 0;  ///< 0: all cores.
  c10::DeviceType device = c10::kCPU;
  Kernels kernels = Kernels::kFast;
  MemorySource memory = MemorySource::kCached;
};

/// Where and how this process computes.
struct Runtime {
  c10::Device device = c10::kCPU;
  std::int64_t threads = 0;
  Kernels kernels = Kernels::kFast;
};

/// Reads "cpu" or "cuda". Throws Error with Fault::kUsage for anything else.
c10::DeviceType parse_device(const std::string& text);

/// Sets up threads, memory and arithmetic for the process, once, before the first tensor.
///
/// On CUDA, TF32 and the search for the fastest convolution are off, so that runs repeat.
///
/// Throws Error if there is no such device here.
Runtime set_up_runtime(const RuntimeOptions& options = {});

/// The version of the LibTorch in use, e.g. "2.13.0".
std::string libtorch_version();

}  // namespace resnet

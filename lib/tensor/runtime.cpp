// SPDX-License-Identifier: MIT
#include "tensor/runtime.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/version.h>

#include "core/error.hpp"

namespace resnet {

c10::DeviceType parse_device(const std::string& text) {
  if (text == "cpu") return c10::kCPU;
  require_usage(text == "cuda", "'{}' is unknown; expected cpu or cuda", text);
  return c10::kCUDA;
}

Runtime set_up_runtime(const RuntimeOptions& options) {
  use_memory_from(options.memory);
  set_kernels(options.kernels);
  if (options.threads > 0) at::set_num_threads(static_cast<int>(options.threads));
  Runtime runtime;
  runtime.threads = at::get_num_threads();
  runtime.kernels = options.kernels;

  if (options.device == c10::kCUDA) {
    require(at::hasCUDA(),
            "--device cuda: no CUDA device can be used here; is a driver installed, and LibTorch a CUDA build? "
            "A build made before the driver was there needs RESNET_PRESET=cuda");
    runtime.device = c10::Device(c10::kCUDA, 0);
    at::globalContext().setBenchmarkCuDNN(false);
    at::globalContext().setDeterministicCuDNN(true);
    at::globalContext().setAllowTF32CuDNN(false);
  }
  return runtime;
}

std::string libtorch_version() {
  return fmt::format("{}.{}.{}", TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR, TORCH_VERSION_PATCH);
}

}  // namespace resnet

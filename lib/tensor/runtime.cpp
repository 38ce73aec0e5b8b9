// SPDX-License-Identifier: MIT
#include "tensor/runtime.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <malloc.h>
#include <torch/version.h>

#include "core/error.hpp"

namespace resnet {

Runtime set_up_runtime(std::int64_t threads, const std::string& device) {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
  mallopt(M_TOP_PAD, 256 << 20);

  if (threads > 0) at::set_num_threads(static_cast<int>(threads));
  Runtime runtime;
  runtime.threads = at::get_num_threads();

  require_usage(device == "cpu" || device == "cuda", "--device: '{}' is unknown; expected cpu or cuda", device);
  if (device == "cuda") {
    require(at::hasCUDA(),
            "--device cuda: no CUDA device can be used here; is a driver installed, and LibTorch a CUDA build?");
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

// SPDX-License-Identifier: MIT
#include "tensor/runtime.hpp"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <sys/resource.h>
#include <torch/version.h>

#include <algorithm>
#include <vector>

#include "core/error.hpp"
#include "support/catch.hpp"

namespace resnet {
namespace {

using Catch::Contains;

long page_faults() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

// Maps of a CIFAR net at batch 1024, 64 MiB each, all alive together and then all given up. (glibc by itself comes to
// keep blocks of up to 32 MiB.)
void touch_memory() {
  std::vector<at::Tensor> maps;
  for (int i = 0; i < 3; ++i) maps.push_back(at::ones({1024, 16, 32, 32}));
}

TEST_CASE("the number of threads is the one asked for, and 0 leaves LibTorch's") {
  const int before = at::get_num_threads();
  CHECK(set_up_runtime(0, "cpu").threads == before);
  CHECK(set_up_runtime(1, "cpu").threads == 1);
  CHECK(at::get_num_threads() == 1);
  CHECK(set_up_runtime(2, "cpu").threads == 2);
  CHECK(at::get_num_threads() == 2);
  at::set_num_threads(before);
  CHECK(set_up_runtime(0, "cpu").device == c10::Device(c10::kCPU));
}

TEST_CASE("an unknown device is the command line's fault, a missing one the machine's") {
  const auto fault = [](const std::string& device) {
    try {
      set_up_runtime(0, device);
    } catch (const Error& error) {
      CHECK_THAT(error.what(), Contains("--device") && Contains(device));
      return error.fault() == Fault::kUsage ? "usage" : "world";
    }
    return "none";
  };
  CHECK(fault("cpu") == std::string("none"));
  CHECK(fault("tpu") == std::string("usage"));
  CHECK(fault("CPU") == std::string("usage"));
  CHECK(fault("") == std::string("usage"));
  CHECK(fault("cuda") == std::string(at::hasCUDA() ? "none" : "world"));
}

#if !defined(__SANITIZE_ADDRESS__)  // which has an allocator of its own
TEST_CASE("memory that one training step gives up is kept for the next, page by page") {
  set_up_runtime(0, "cpu");
  for (int i = 0; i < 12; ++i) touch_memory();  // until every block has found its place
  const long before = page_faults();
  touch_memory();
  CHECK(page_faults() - before < 400);  // of the 49,152 pages of 4 KiB that were touched
}
#endif

TEST_CASE("the version is that of the LibTorch in use") {
  const std::string whole = TORCH_VERSION;  // may go on with, say, "+cpu"
  CHECK_THAT(whole, Catch::StartsWith(libtorch_version()));
  const std::string version = libtorch_version();
  CHECK(std::count(version.begin(), version.end(), '.') == 2);
}

}  // namespace
}  // namespace resnet

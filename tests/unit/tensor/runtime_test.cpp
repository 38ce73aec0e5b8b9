// SPDX-License-Identifier: MIT
#include "tensor/runtime.hpp"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/CPUAllocator.h>
#include <sys/resource.h>
#include <torch/version.h>

#include <algorithm>
#include <cstring>
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
  CHECK(set_up_runtime().threads == before);
  CHECK(set_up_runtime({.threads = 1}).threads == 1);
  CHECK(at::get_num_threads() == 1);
  CHECK(set_up_runtime({.threads = 2}).threads == 2);
  CHECK(at::get_num_threads() == 2);
  at::set_num_threads(before);
  CHECK(set_up_runtime().device == c10::Device(c10::kCPU));
}

TEST_CASE("a device is cpu or cuda, and one that is not there is the machine's fault") {
  CHECK(parse_device("cpu") == c10::kCPU);
  CHECK(parse_device("cuda") == c10::kCUDA);
  for (const std::string text : {"tpu", "CPU", ""}) {
    CHECK_THROWS_WITH(parse_device(text), Contains("'" + text + "' is unknown; expected cpu or cuda"));
  }
  if (at::hasCUDA()) return;
  try {
    set_up_runtime({.device = c10::kCUDA});
    FAIL("there is no such device");
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::kWorld);
    CHECK_THAT(error.what(), Contains("--device cuda"));
  }
}

TEST_CASE("the random numbers of a test case begin with the same seed in each") {
  const at::Tensor first = at::rand({8});
  at::manual_seed(0);
  CHECK(at::equal(first, at::rand({8})));
}

#if !defined(__SANITIZE_ADDRESS__)  // which has an allocator of its own
TEST_CASE("memory that one training step gives up is kept for the next, page by page") {
  const MemorySource source = GENERATE(MemorySource::kCached, MemorySource::kSystem);
  set_up_runtime({.memory = source});
  for (int i = 0; i < 12; ++i) touch_memory();  // until every block has found its place
  std::vector<long> faults;                     // the kernel counts what it does on its own too: the median tells
  for (int i = 0; i < 5; ++i) {
    const long before = page_faults();
    touch_memory();
    faults.push_back(page_faults() - before);
  }
  std::ranges::sort(faults);
  CHECK(faults[2] < 400);  // of the 49,152 pages of 4 KiB that were touched
}

TEST_CASE("large tensors come from the cache, unless it is switched off") {
  set_up_runtime({.memory = MemorySource::kCached});
  const std::size_t before = cached_memory().bytes_in_use;
  const at::Tensor large = at::ones({1024, 1024});
  CHECK(cached_memory().bytes_in_use == before + (std::size_t{4} << 20));
  const at::Tensor small = at::ones({1024});
  CHECK(cached_memory().bytes_in_use == before + (std::size_t{4} << 20));

  set_up_runtime({.memory = MemorySource::kSystem});
  const at::Tensor other = at::ones({1024, 1024});
  CHECK(cached_memory().bytes_in_use == before + (std::size_t{4} << 20));
  set_up_runtime();
  CHECK(at::equal(large, other));  // and each goes back to where it came from
}

TEST_CASE("what the cache keeps for the next tensors goes back to the kernel when it is asked to") {
  set_up_runtime({.memory = MemorySource::kCached});
  at::ones({1024, 1024});
  CHECK(cached_memory().bytes_cached >= std::size_t{4} << 20);
  drop_cached_memory();
  CHECK(cached_memory().bytes_cached == 0);
}

TEST_CASE("LibTorch's raw allocation and its empty tensors work on the cache") {
  set_up_runtime();
  c10::Allocator* allocator = c10::GetCPUAllocator();
  for (const std::size_t bytes : {std::size_t{16}, std::size_t{3} << 20}) {
    void* block = allocator->raw_allocate(bytes);
    REQUIRE(block != nullptr);
    std::memset(block, 1, bytes);
    allocator->raw_deallocate(block);
  }
  CHECK(at::empty({0}).numel() == 0);
}

TEST_CASE("more memory than there is is bad_alloc, for which run_main has a sentence, and no Error") {
  set_up_runtime();
  CHECK_THROWS_AS(at::empty({std::int64_t{1} << 50}), std::bad_alloc);
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

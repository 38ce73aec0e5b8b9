// SPDX-License-Identifier: MIT
#include "experiment/runtime_flags.hpp"

#include "core/error.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kMostThreads = 1024;

MemorySource parse_memory_source(const std::string& text) {
  require(text == "cached" || text == "system", "'{}' is unknown; expected cached or system", text);
  return text == "cached" ? MemorySource::kCached : MemorySource::kSystem;
}

}  // namespace

void add_runtime_flags(Options& options) {
  options.add("threads", "0", "threads that compute; 0: all cores");
  options.add("device", "cpu", "cpu or cuda");
  options.add("kernels", "fast", "fast: this project's where they fit; eager: LibTorch's alone");
  options.add("memory", "cached", "large tensors: cached in huge pages, or from the system's malloc");
}

Runtime runtime_from(const Options& options) {
  RuntimeOptions runtime;
  runtime.threads = options.integer("threads", 0, kMostThreads);
  runtime.device = options.parsed("device", parse_device);
  runtime.kernels = options.parsed("kernels", parse_kernels);
  runtime.memory = options.parsed("memory", parse_memory_source);
  return set_up_runtime(runtime);
}

}  // namespace resnet

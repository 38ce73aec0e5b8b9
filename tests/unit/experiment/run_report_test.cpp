// SPDX-License-Identifier: MIT
#include "experiment/run_report.hpp"

#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

TEST_CASE("the hardware of a run is each kind of machine that took part, as far as its sessions tell") {
  const TempFolder folder;
  const RunFolder run{folder.path()};
  CHECK(hardware_of(run).empty());
  write_atomically(run.provenance(), R"json({"sessions": [
      {"cpu": "AMD EPYC", "threads": 2, "kernels": "fast (AVX2)", "device": "cpu"},
      {"cpu": "AMD EPYC", "threads": 2, "kernels": "fast (AVX2)", "device": "cpu"},
      {"cpu": "AMD EPYC", "threads": 1, "kernels": "fast (AVX3)", "device": "cpu"},
      {"cpu": "Xeon", "threads": 8, "kernels": "fast (AVX3)", "device": "cuda:0"},
      {}]})json");
  CHECK(hardware_of(run) == std::set<std::string>{"AMD EPYC, 2 threads, fast (AVX2)", "AMD EPYC, 1 thread, fast (AVX3)",
                                                  "Xeon, 8 threads, fast (AVX3), cuda:0", "unknown processor"});
}

}  // namespace
}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "experiment/run_report.hpp"

#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "unit/experiment/made_up_runs.hpp"

namespace resnet {
namespace {

TEST_CASE("the hardware of a run is each kind of machine that took part, as far as its sessions tell") {
  const TempFolder folder;
  const RunFolder run{folder.path()};
  CHECK(hardware_of(run).empty());
  CHECK(machines_of(run).empty());
  write_atomically(run.provenance(), R"json({"sessions": [
      {"cpu": "AMD EPYC", "threads": 2, "kernels": "fast (AVX2)", "device": "cpu"},
      {"cpu": "AMD EPYC", "threads": 2, "kernels": "fast (AVX2)", "device": "cpu"},
      {"cpu": "AMD EPYC", "threads": 1, "kernels": "fast (AVX3)", "device": "cpu"},
      {"cpu": "Xeon", "threads": 8, "kernels": "fast (AVX3)", "device": "cuda:0"},
      {}]})json");
  CHECK(hardware_of(run) == std::set<std::string>{"AMD EPYC, 2 threads, fast (AVX2)", "AMD EPYC, 1 thread, fast (AVX3)",
                                                  "Xeon, 8 threads, cuda:0, fast (AVX3)", "unknown processor"});
  CHECK(machines_of(run) == std::set<std::string>{"AMD EPYC, 2 threads", "AMD EPYC, 1 thread",
                                                  "Xeon, 8 threads, cuda:0", "unknown processor"});
}

TEST_CASE("a finished run is at its last iteration, be it published without a status.json") {
  const TempFolder folder;
  const RunFolder run = write_run(folder.path(), recipe_of("plain20"), 10, 12);
  REQUIRE_FALSE(std::filesystem::exists(run.status()));
  const auto summary = run_summary(run);
  CHECK(summary.at("finished") == true);
  CHECK(summary.at("iteration") == 64'000);
  CHECK(summary.at("iterations") == 64'000);
  CHECK(summary.at("test_error_percent") == 12.0);

  std::filesystem::remove(run.result());
  write_status(run, {16'000, 64'000, 1'600});
  CHECK(run_summary(run).at("finished") == false);
  CHECK(run_summary(run).at("iteration") == 16'000);
}

}  // namespace
}  // namespace resnet

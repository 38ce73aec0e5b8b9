// SPDX-License-Identifier: MIT
// The results that this repository publishes, checked with the weights beside them.
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kSource = RESNET_SOURCE_DIR;

/// The published folder of every run on CIFAR-10 whose weights are published, by its name: several results have the same.
std::map<std::string, fs::path> runs_with_weights() {
  std::map<std::string, fs::path> runs;
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "experiments/results")) {
    if (entry.path().filename() != "weights.safetensors") continue;
    const fs::path run = entry.path().parent_path();
    if (json::parse(resnet::read_file(run / "result.json")).at("data") == "cifar10") runs[run.filename()] = run;
  }
  return runs;
}

TEST_CASE("every published net makes the errors that are published with it", "[data]") {
  const fs::path data = kSource / "data/cifar-10-batches-bin";
  if (!fs::exists(data)) {
    skip(data.string() + " is not there: ./run prepare_cifar10");
    return;
  }
  const auto runs = runs_with_weights();
  REQUIRE_FALSE(runs.empty());
  for (const auto& [name, run] : runs) {
    const json result = json::parse(resnet::read_file(run / "result.json"));
    const ProgramResult tested = run_program("evaluate " + quoted(run) + " --json --data " + quoted(data));
    INFO(run.string() << ": " << tested.standard_error);
    REQUIRE(tested.exit_code == 0);
    const json evaluation = json::parse(tested.standard_output);
    CHECK(evaluation.at("images") == result.at("test_images"));
    CHECK(evaluation.at("errors") == result.at("test_errors"));
  }
}

}  // namespace

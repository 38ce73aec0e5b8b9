// SPDX-License-Identifier: MIT
// The results that this repository publishes, checked with the weights beside them.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "core/file.hpp"
#include "experiment/results_tables.hpp"
#include "kernel/simd.hpp"
#include "record/provenance.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"
#include "tensor/runtime.hpp"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kSource = RESNET_SOURCE_DIR;

/// The published folder of every net on CIFAR-10, by its weights: several results have the same.
std::map<std::string, fs::path> nets() {
  std::map<std::string, fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "experiments/results")) {
    if (entry.path().filename() != "weights.safetensors") continue;
    const fs::path run = entry.path().parent_path();
    if (json::parse(resnet::read_file(run / "result.json")).at("data") != "cifar10") continue;
    found[resnet::read_file(entry.path())] = run;
  }
  return found;
}

/// Whether this machine computes as the one did that ended the run.
bool computes_alike(const fs::path& run) {
  const json session = json::parse(resnet::read_file(run / "provenance.json")).at("sessions").back();
  if (session.at("cpu") != resnet::processor_name()) return false;
  if (session.at("libtorch") != resnet::libtorch_version()) return false;
  const std::string kernels = session.at("kernels");
  // fp32 has no use for what multiplies bf16.
  if (session.at("precision") == "fp32") {
    return kernels.substr(0, kernels.find_first_of("+)")) == "fast (" + resnet::simd_target();
  }
  return kernels == "fast (" + resnet::simd_description() + ")";
}

/// The program that drew the picture, with its version.
std::string drawn_by(const std::string& svg) { return svg.substr(0, svg.find("</desc>")).substr(svg.find("<desc>")); }

}  // namespace

TEST_CASE("every published net makes the errors that are published with it", "[data]") {
  constexpr std::int64_t kOtherRounding = 20;  // of 10,000 images
  const fs::path data = kSource / "data/cifar-10-batches-bin";
  if (!fs::exists(data)) {
    skip(data.string() + " is not there: ./run prepare_cifar10");
    return;
  }
  const auto published = nets();
  REQUIRE_FALSE(published.empty());
  for (const auto& [weights, run] : published) {
    const json result = json::parse(resnet::read_file(run / "result.json"));
    const ProgramResult tested = run_program("evaluate " + quoted(run) + " --json --data " + quoted(data));
    INFO(run.string() << ": " << tested.standard_error);
    REQUIRE(tested.exit_code == 0);
    const json evaluation = json::parse(tested.standard_output);
    CHECK(evaluation.at("images") == result.at("test_images"));
    const auto difference = evaluation.at("errors").get<std::int64_t>() - result.at("test_errors").get<std::int64_t>();
    CHECK(std::abs(difference) <= (computes_alike(run) ? 0 : kOtherRounding));
  }
}

TEST_CASE("the pages' tables are those of the published runs") {
  const auto results = resnet::published_results(kSource / "experiments" / "results");
  for (const fs::path& page : {kSource / "README.md", kSource / "experiments" / "README.md"}) {
    INFO(page.string() << ": ./run results_tables README.md experiments/README.md");
    const std::string text = resnet::read_file(page);
    const auto shows = [&](const std::string& table) { return text.find(" -->\n" + table + "<!-- end") != text.npos; };
    CHECK(shows(resnet::nets_table(results, page.parent_path())));
    if (page.parent_path() == kSource) continue;
    CHECK(shows(resnet::claims_table(results, page.parent_path())));
    CHECK(shows(resnet::missing_runs_table(results, "bf16")));
  }
}

TEST_CASE("every published figure is redrawn from the files beside it") {
  const TempFolder folder;
  std::int64_t figures = 0;
  for (const auto& entry : fs::directory_iterator(kSource / "experiments/results")) {
    if (!fs::exists(entry.path() / "figure.json")) continue;
    ++figures;
    const fs::path copy = folder.path() / entry.path().filename();
    fs::create_directory(copy);
    for (const auto& file : fs::directory_iterator(entry.path())) {
      const auto kind = file.path().extension();
      if (kind == ".csv" || kind == ".json") fs::copy(file.path(), copy);
    }
    const ProgramResult drawn = run_program("plot " + quoted(copy));
    INFO(copy.string() << ": " << drawn.standard_error);
    CHECK(drawn.exit_code == 0);
    const std::string published = resnet::read_file(entry.path() / "figure.svg");
    const std::string redrawn = resnet::read_file(copy / "figure.svg");
    CHECK(fs::file_size(copy / "figure.png") > 1000);
    if (drawn_by(redrawn) == drawn_by(published)) {
      CHECK((redrawn == published));  // in brackets, or 100 kB are printed
    } else {
      skip("another gnuplot than that of the published figures draws them otherwise, so they are not compared");
    }
  }
  CHECK(figures > 0);
}

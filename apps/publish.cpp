// SPDX-License-Identifier: MIT
// Copies a result with its curves, provenance and weights into experiments/results/.
#include "experiment/publish.hpp"

#include <filesystem>

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "core/file.hpp"
#include "experiment/loaded_data.hpp"

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("publish",
                            "Copies a result with its curves, provenance and weights into experiments/results/.");
    options.add_words("NAME", 1, 1, "a folder in OUT/results, e.g. fig1_plain_degradation");
    resnet::add_out_flag(options);
    if (!options.parse(argc, argv)) return 0;

    const std::string& name = options.words().front();
    resnet::require_usage(name.find('/') == std::string::npos && !name.starts_with('.'),
                          "'{}' is not the name of a result, e.g. fig1_plain_degradation", name);
    const auto out = resnet::out_folder(options);
    const auto target = resnet::project_root() / "experiments" / "results" / name;
    for (const resnet::RunFolder& run : resnet::publish(out / "results" / name, out / "runs", target)) {
      const bool has_weights = std::filesystem::exists(run.weights());
      resnet::tell("{}: its weights are {} {}\n", run.id(), has_weights ? "too large to publish and stay in" : "not in",
                   run.path.string());
    }
    resnet::tell("published to {}; ./run results_tables README.md experiments/README.md shows it there\n",
                 target.string());
    return 0;
  });
}

// SPDX-License-Identifier: MIT
// Writes tables of the published results, beside the paper's, into the pages that have a place for them.
#include "experiment/results_tables.hpp"

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "core/file.hpp"

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options(
        "results_tables",
        "Writes tables of the published results, beside the paper's, into the pages that have a place for them.");
    options.add_words("FILE...", 1, 100, "a Markdown file, e.g. README.md or experiments/README.md");
    if (!options.parse(argc, argv)) return 0;

    const auto results = resnet::published_results(resnet::project_root() / "experiments" / "results");
    for (const std::string& file : options.words()) {
      resnet::write_results_tables(results, file);
      resnet::tell("{}: its tables are up to date\n", file);
    }
    return 0;
  });
}

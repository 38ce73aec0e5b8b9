// SPDX-License-Identifier: MIT
// Prints the published nets of CIFAR-10 beside the paper's, or writes that table into Markdown files.
#include "experiment/results_table.hpp"

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "core/file.hpp"

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options(
        "results_table",
        "Prints the published nets of CIFAR-10 beside the paper's, or writes that table into Markdown files.");
    options.add_words("FILE", 0, 100, "a file with a place for the table, e.g. README.md");
    if (!options.parse(argc, argv)) return 0;

    const auto results = resnet::project_root() / "experiments" / "results";
    if (options.words().empty()) resnet::print("{}", resnet::results_table(results, std::filesystem::current_path()));
    for (const std::string& file : options.words()) {
      resnet::write_results_table(results, file);
      resnet::tell("{}: has the table of {}\n", file, results.string());
    }
    return 0;
  });
}

// SPDX-License-Identifier: MIT
// Overlays the training curves of any runs and prints their errors side by side.
#include "experiment/compare.hpp"

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "experiment/loaded_data.hpp"

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("compare",
                            "Overlays the training curves of any runs and prints their errors side by side.");
    options.add_words("RUN...", 1, 64, "a run's folder, or its name under OUT/runs");
    options.add("out", "", "folder for runs and results; the figure goes to OUT/results/compare [out]");
    options.add_switch("json", "print one JSON object on standard output");
    if (!options.parse(argc, argv)) return 0;

    const auto out = resnet::out_folder(options);
    const auto runs = resnet::find_runs(options.words(), out / "runs");
    const auto folder = out / "results" / "compare";
    const auto comparison = resnet::compare(runs);
    if (options.is_on("json")) {
      resnet::print_json(comparison);
    } else {
      resnet::print_text(resnet::comparison_table(comparison));
    }
    resnet::draw_comparison(runs, comparison, folder);  // the numbers must not wait for gnuplot
    resnet::tell("{}\n", (folder / "figure.png").string());
    return 0;
  });
}

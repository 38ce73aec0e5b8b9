// SPDX-License-Identifier: MIT
// Draws the figures of a result again, from its CSV files.
#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "core/error.hpp"
#include "plot/chart.hpp"

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("plot", "Draws the figures of a result again, from its CSV files.");
    options.add_words("FOLDER", 1, 1, "a folder with figure.json, such as out/results/fig1_plain_degradation");
    if (!options.parse(argc, argv)) return 0;
    const std::filesystem::path folder = options.words().front();
    for (const std::string& name : resnet::chart_names(folder)) {
      resnet::draw_chart(folder, name);
      resnet::tell("{}\n", (folder / (name + ".png")).string());
    }
    return 0;
  });
}

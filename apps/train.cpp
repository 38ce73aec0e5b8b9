// SPDX-License-Identifier: MIT
// Trains one network with the paper's recipe, or goes on with it.
#include "cli/options.hpp"
#include "cli/run_main.hpp"
#include "core/file.hpp"
#include "core/stop_request.hpp"
#include "experiment/run_flags.hpp"
#include "experiment/run_report.hpp"
#include "record/provenance.hpp"

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("train", "Trains one network with the paper's recipe, or goes on with it.");
    resnet::add_recipe_flags(options);
    resnet::add_run_flags(options);
    if (!options.parse(argc, argv)) return 0;

    const resnet::Recipe recipe = resnet::recipe_from(options);
    const resnet::RunFolder run = resnet::run_folder(options, recipe);
    const auto train_options = resnet::train_options_from(options, resnet::command_line(argc, argv));
    auto outcome = resnet::TrainOutcome::kFinished;
    if (!run.is_finished()) {  // a finished run needs no data, and no folder that can be written to
      resnet::require_writable(run.path);
      outcome = resnet::train_with_progress(recipe, resnet::load_data(options), run, train_options);
    }

    if (options.is_on("json")) resnet::print_json(resnet::run_summary(run));
    resnet::print_run(run);
    return outcome == resnet::TrainOutcome::kStopped && resnet::stop_requested() ? 1 : 0;
  });
}

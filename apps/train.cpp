// SPDX-License-Identifier: MIT
// Trains one network with the paper's recipe, or goes on with it.
#include <filesystem>
#include <optional>
#include <variant>

#include "cli/options.hpp"
#include "cli/run_main.hpp"
#include "core/file.hpp"
#include "core/stop_request.hpp"
#include "experiment/loaded_data.hpp"
#include "experiment/run_flags.hpp"
#include "experiment/run_report.hpp"
#include "record/provenance.hpp"
#include "train/data_fingerprint.hpp"

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("train", "Trains one network with the paper's recipe, or goes on with it.");
    resnet::add_recipe_flags(options);
    resnet::add_run_flags(options);
    if (!options.parse(argc, argv)) return 0;

    // The classes of photographs decide the run; CIFAR-10's are known.
    std::optional<resnet::LoadedData> data;
    const resnet::Design design = resnet::model_from(options).design;
    if (design != resnet::Design::kCifar) data = resnet::load_data(options, design);
    const resnet::Recipe recipe = resnet::recipe_from(options, data ? &std::get<resnet::PhotoSource>(*data) : nullptr);
    const resnet::RunFolder run = resnet::run_folder(options, recipe);
    const auto train_options = resnet::train_options_from(options, resnet::command_line(argc, argv));
    auto outcome = resnet::TrainOutcome::kFinished;
    if (run.is_finished()) {  // needs no data, and no folder that can be written to
      const bool names_data = options.given("data") && std::filesystem::exists(options.path("data"));
      if (!data && names_data) data = resnet::load_data(options, design);
      if (data) resnet::require_same_data(run, resnet::data_fingerprint(recipe, *data));
    } else {
      resnet::require_writable(run.path);
      if (!data) data = resnet::load_data(options, design);
      outcome = resnet::train_with_progress(recipe, *data, run, train_options);
    }

    if (options.is_on("json")) resnet::print_json(resnet::run_summary(run));
    resnet::print_run(run);
    return outcome == resnet::TrainOutcome::kStopped && resnet::stop_requested() ? 1 : 0;
  });
}

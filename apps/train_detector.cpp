// SPDX-License-Identifier: MIT
// Trains Faster R-CNN on photographs in which objects are marked, or goes on with it.
#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "core/file.hpp"
#include "core/stop_request.hpp"
#include "experiment/detector_flags.hpp"
#include "record/provenance.hpp"

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("train_detector",
                            "Trains Faster R-CNN on photographs in which objects are marked, or goes on with it.");
    resnet::add_detector_flags(options);
    if (!options.parse(argc, argv)) return 0;

    const auto train_options = resnet::detector_train_options_from(options, resnet::command_line(argc, argv));
    const resnet::AnnotatedPhotos photos = resnet::annotated_photos_from(options, "data");
    const resnet::DetectorRecipe recipe = resnet::detector_recipe_from(options, photos);
    const resnet::RunFolder run = resnet::detector_folder(options, recipe, photos);
    if (!resnet::is_finished_detector(run)) resnet::require_writable(run.path);
    const auto outcome = resnet::train_detector_with_progress(recipe, photos, run, train_options);
    if (outcome == resnet::TrainOutcome::kFinished) resnet::print("{}\n", run.path.string());
    return outcome == resnet::TrainOutcome::kStopped && resnet::stop_requested() ? 1 : 0;
  });
}

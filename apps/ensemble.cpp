// SPDX-License-Identifier: MIT
// Averages the scores that several nets, or tests of one, have given the same images: Table 5.
#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "experiment/photo_testing.hpp"
#include "train/image_scores.hpp"

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("ensemble",
                            "Averages the scores that several nets have given the same images, and counts the errors.");
    options.add_words("SCORES...", 1, 1000, "files that `evaluate --scores` has written, or `ensemble --scores`");
    resnet::add_score_flags(options);
    options.add_switch("json", "print one JSON object");
    if (!options.parse(argc, argv)) return 0;

    std::vector<resnet::ImageScores> scores;
    for (const std::string& file : options.words()) scores.push_back(resnet::load_scores(file));
    const resnet::ImageScores mean = resnet::mean_of(scores);
    resnet::write_scores(resnet::score_files_from(options, mean.class_names), mean);
    if (options.is_on("json")) {
      nlohmann::ordered_json members = nlohmann::ordered_json::array();
      for (const resnet::ImageScores& member : scores) members.push_back(resnet::scores_json(member));
      resnet::print_json({{"ensemble", resnet::scores_json(mean)}, {"members", members}});
      return 0;
    }
    for (const resnet::ImageScores& member : scores) {
      resnet::print("{}: {}", member.made_by, resnet::scores_text(member));
    }
    resnet::print("ensemble of {}: {}", scores.size(), resnet::scores_text(mean));
    return 0;
  });
}

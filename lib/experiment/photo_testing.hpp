// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "dataset/photo_set.hpp"
#include "exchange/read_net.hpp"
#include "train/image_scores.hpp"
#include "train/photo_scores.hpp"

namespace resnet {

/// The flags of a test on photographs: `--test`, `--image-size`, `--unlabeled`, `--loader-threads` and `--bad-images`.
void add_photo_test_flags(Options& options);

/// Whether the test is one on photographs: the net is one for them; or nobody says what it is for, and one of these
/// flags or of add_score_flags is given.
///
/// Throws Error with Fault::kUsage if such a flag is given for a net of CIFAR-10's design.
bool is_photo_test(const Options& options, const ReadNet& net);

/// The photographs to test a net on.
///
/// The part `val` of the folder given by --data, as read_photo_part reads it; or those directly in the folder given by
/// --unlabeled, whose classes nobody knows. The classes are the net's, where it knows their names, and are found by
/// these.
/// Throws Error if they are not there, and with Fault::kUsage unless just one flag says where.
PhotoSet test_photos_from(const Options& options, const ReadNet& net);

/// How to test it: the sizes are those of --image-size, or of the run that trained it, or the paper's.
///
/// Throws Error if the net takes bytes, and with Fault::kUsage if files are to be skipped and a submission written.
PhotoTest photo_test_from(const Options& options, const ReadNet& net);

/// The flags that say where scores go: `--scores`, `--submission` and `--submission-classes`.
void add_score_flags(Options& options);

/// Where scores go.
struct ScoreFiles {
  std::filesystem::path scores = {};              ///< Empty: nowhere, as below.
  std::filesystem::path submission = {};          ///< The lines for ImageNet's test server.
  std::vector<std::int64_t> server_numbers = {};  ///< Of the classes, for the submission.
};

/// What the flags say of it, for scores of these classes: asked before a long test, so that it does not fail at its
/// end.
///
/// Throws Error if a file cannot be written, or the server's list cannot be read or lacks a class; and with
/// Fault::kUsage if that list is given without a submission.
ScoreFiles score_files_from(const Options& options, const std::vector<std::string>& class_names);

/// Writes the scores of each image, and the test server's lines, as far as there is a file for them.
void write_scores(const ScoreFiles& files, const ImageScores& scores);

/// {"made_by", "images", "top1_errors", "top5_errors", "top1_error_percent", "top5_error_percent"}, the errors null
/// where no image's class is known; and the same for a person.
nlohmann::ordered_json scores_json(const ImageScores& scores);
std::string scores_text(const ImageScores& scores);

}  // namespace resnet

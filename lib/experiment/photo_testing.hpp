// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include "cli/options.hpp"
#include "dataset/photo_set.hpp"
#include "exchange/read_net.hpp"
#include "train/image_scores.hpp"
#include "train/photo_scores.hpp"

namespace resnet {

/// The flags of a test on photographs: `--test`, `--image-size`, `--unlabeled`, `--loader-threads` and `--bad-images`.
void add_photo_test_flags(Options& options);

/// Whether the test is one on photographs: the net is one for them, or a flag says so.
bool is_photo_test(const Options& options, const ReadNet& net);

/// The photographs to test a net on.
///
/// Those under `val` or in the list `val.txt` of the folder given by --data, or of that folder itself if it has
/// neither; or those directly in the folder given by --unlabeled, whose classes nobody knows. The classes are the
/// net's, where it knows their names.
/// Throws Error if they are not there, and with Fault::kUsage if no flag, or both, say where.
PhotoSet test_photos_from(const Options& options, const ReadNet& net);

/// How to test it: the sizes are those of --image-size, or of the run that trained it, or the paper's.
///
/// Throws Error if the net takes bytes.
PhotoTest photo_test_from(const Options& options, const ReadNet& net);

/// The flags that say where scores go: `--scores`, `--submission` and `--submission-classes`.
void add_score_flags(Options& options);

/// Writes the scores of each image, and the test server's lines, to the files that the flags name.
void write_scores_from(const Options& options, const ImageScores& scores);

/// {"made_by", "images", "top1_errors", "top5_errors", "top1_error_percent", "top5_error_percent"}, the errors null
/// where no image's class is known; and the same for a person.
nlohmann::ordered_json scores_json(const ImageScores& scores);
std::string scores_text(const ImageScores& scores);

}  // namespace resnet

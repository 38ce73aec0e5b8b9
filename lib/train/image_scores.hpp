// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace resnet {

/// What one net, or several together, make of each image of a set: what a table's errors and an ensemble are made of.
///
/// Shapes   probabilities float32 [N, classes], each row a softmax or a mean of some; labels int64 [N], -1 where the
///          class is not known.
struct ImageScores {
  torch::Tensor probabilities;
  torch::Tensor labels;
  std::vector<std::string> images;  ///< Their names, N of them.
  std::vector<std::string> class_names;
  std::string made_by;                     ///< "resnet34, ten-crop"; of an ensemble all of them.
  std::vector<std::string> left_out = {};  ///< The names of images that could not be read, and so have no scores.

  std::int64_t size() const { return labels.size(0); }
};

/// Errors over the images whose class is known, of which there is at least one.
struct ScoreErrors {
  std::int64_t images = 0;
  std::int64_t top1_errors = 0;
  std::int64_t top5_errors = 0;  ///< Images whose class is not among the five best.

  double top1_percent() const { return 100.0 * static_cast<double>(top1_errors) / static_cast<double>(images); }
  double top5_percent() const { return 100.0 * static_cast<double>(top5_errors) / static_cast<double>(images); }
};

/// Throws Error if no image's class is known.
ScoreErrors errors_of(const ImageScores& scores);

/// The mean of the probabilities of each image: an ensemble.
///
/// Paper    Section 4.1, Table 5. The paper does not say how its models are combined.
/// Differs  Here by the plain mean of their softmax scores, as those of crops and scales are.
/// Throws   Error if there is none, or two are not of the same images with the same labels and classes, in this order,
///          or left out others.
ImageScores mean_of(const std::vector<ImageScores>& scores);

/// Writes them as a safetensors file, atomically, with the names in its metadata; and reads such a file.
///
/// Throws Error, naming the file and the fault, if it cannot be written, or is not such a file.
void save_scores(const std::filesystem::path& file, const ImageScores& scores);
ImageScores load_scores(const std::filesystem::path& file);

/// The numbers by which ImageNet's test server calls these classes, from 1 on.
///
/// `server_classes` are the names of the classes in the order in which the server numbers them, which for ImageNet is
/// not that of the alphabet: the list stands in its development kit.
/// Throws Error if there are fewer than five classes, or one is not among those of the server.
std::vector<std::int64_t> server_numbers(const std::vector<std::string>& class_names,
                                         const std::vector<std::string>& server_classes);

/// The lines that the server takes: for each image, in the order of its name, the five best classes from the best on,
/// as these numbers of the scores' classes, between blanks.
///
/// Throws Error if an image was left out: the lines after its own would be taken for those of other images.
std::string submission_of(const ImageScores& scores, const std::vector<std::int64_t>& numbers);

}  // namespace resnet

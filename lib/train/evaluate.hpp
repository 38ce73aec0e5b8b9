// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "batch/batch_stream.hpp"
#include "batch/normalization.hpp"
#include "batch/prefetch.hpp"
#include "batch/test_views.hpp"
#include "dataset/image_set.hpp"
#include "dataset/photo_set.hpp"
#include "model/classifier.hpp"
#include "model/kept_modes.hpp"

namespace resnet {

/// How many of the images a net gets wrong, and in which way.
///
/// Shapes   taken_for int64 [images, 2]: the class of each image, and that of its highest score.
/// Units    loss_nats is the mean cross-entropy of an image.
struct Evaluation {
  std::int64_t images = 0;
  std::int64_t classes = 0;
  std::int64_t errors = 0;
  std::int64_t top5_errors = 0;  ///< Images whose class is not among the five of the highest scores.
  double loss_nats = 0;
  torch::Tensor taken_for;

  double error_percent() const { return 100.0 * static_cast<double>(errors) / static_cast<double>(images); }
  double top5_error_percent() const { return 100.0 * static_cast<double>(top5_errors) / static_cast<double>(images); }
};

/// How many images of the row's class were taken for the column's.
///
/// Shapes   -> int64 [classes, classes].
torch::Tensor confusion_of(const Evaluation& evaluation);

/// Images to be tested, in batches that are made ready when they are asked for.
struct TestImages {
  std::int64_t images = 0;
  std::int64_t batch = 1;           ///< Of each but the last, which may be partial.
  InParts<Batch> making;            ///< By the index of a batch.
  std::int64_t loader_threads = 0;  ///< See Prefetch.
  std::vector<std::string> class_names;

  std::int64_t batches() const { return (images + batch - 1) / batch; }
};

/// The single view of every image of the set, normalised; without a normalisation the bytes themselves, uint8 [N, 3, H,
/// W].
TestImages test_images(const ImageSet& set, const std::optional<Normalization>& input);

/// How many photographs are shown to a net at once in a test by crops: their 50 crops leave room for the maps of a deep
/// net.
std::int64_t photos_at_once(TestView view);

/// The crops of every photograph of the set, centre or ten. The set must outlive the result.
TestImages test_images(const PhotoSet& set, const PhotoTesting& testing, TestView view, std::int64_t loader_threads);

/// Shows `use` one batch after the other, but those of which no image could be read.
///
/// The sentences of images that could not be read go to `on_left_out`, if it is given. `goes_on` is told before each
/// batch how many images are done; whether it always said yes is the result.
bool for_each_batch(const TestImages& images, const std::function<bool(std::int64_t done)>& goes_on,
                    const std::function<void(const std::string&)>& on_left_out,
                    const std::function<void(const Batch&)>& use);

/// How many images of a batch are not given the highest score of their own class.
std::int64_t count_errors(const torch::Tensor& scores, const torch::Tensor& labels);

/// How many are not given one of the five highest.
std::int64_t count_top5_errors(const torch::Tensor& scores, const torch::Tensor& labels);

/// While it lives, the net is in evaluation mode; then each of its modules is in the mode it was in.
class EvaluationMode {
 public:
  explicit EvaluationMode(Classifier& model) : kept_(model) { model.eval(); }

 private:
  KeptModes kept_;
};

/// Tests the net on every image, in evaluation mode, and leaves it in the mode it was in.
///
/// Every image counts once, also those of a partial last batch; one that could not be read counts as none, and its
/// sentence goes to `on_left_out`. `goes_on` is told before each batch how many images are done; if it returns false,
/// there is no evaluation.
///
/// Throws   Error if the net has another number of classes than the set, or no image could be read.
std::optional<Evaluation> evaluate(Classifier& model, const TestImages& images, torch::Device device,
                                   const std::function<bool(std::int64_t done)>& goes_on,
                                   const std::function<void(const std::string&)>& on_left_out = {});

/// The same on `test_images(set, input)`.
///
/// Paper    Section 4.2: "For testing, we only evaluate the single view of the original 32x32 image".
std::optional<Evaluation> evaluate(Classifier& model, const ImageSet& set, const std::optional<Normalization>& input,
                                   torch::Device device, const std::function<bool(std::int64_t done)>& goes_on);

}  // namespace resnet

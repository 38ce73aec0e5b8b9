// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "batch/test_views.hpp"
#include "dataset/photo_set.hpp"
#include "model/classifier.hpp"
#include "train/image_scores.hpp"

namespace resnet {

/// A way of testing photographs.
struct PhotoTest {
  TestView view = TestView::kCenter;
  PhotoTesting testing;
  std::int64_t loader_threads = 0;
};

/// The mean of the softmax scores of each image over its views.
///
/// Paper    Section 3.4. The authors' notes: the scores that are averaged are those after the softmax.
/// Shapes   views [images * n, 3, H, W], the n views of an image after one another -> float32 [images, classes], on the
///          CPU.
torch::Tensor mean_view_scores(Classifier& model, const torch::Tensor& views, std::int64_t images,
                               torch::Device device);

/// Scores every photograph of the set, in evaluation mode, and leaves the net in the mode it was in.
///
/// The centre crop gives its softmax, the ten crops the mean of theirs. Dense testing shows the net the whole image at
/// each side, and its mirror, and takes the mean of all: the fully-connected layer as a 1x1 convolution would give
/// scores at every position of the last map, of which the mean before the softmax is what this net gives by itself, as
/// its global average comes first and either is linear. A photograph that cannot be read is left out, and its sentence
/// goes to `on_left_out`. `goes_on` is told how many are done; if it returns false, there are no scores.
///
/// Paper    Section 3.4: 10-crop testing; "the fully-convolutional form, and average the scores at multiple scales".
/// Throws   Error if the net has another number of classes than the set, a score is not finite, or no photograph could
///          be read.
/// Differs  The paper does not say of what the mean over positions is: here of the logits, so that on a square of the
///          crop's size dense testing at this one side is what the crop and its mirror give.
std::optional<ImageScores> score_photos(Classifier& model, const PhotoSet& set, const PhotoTest& test,
                                        torch::Device device, const std::function<bool(std::int64_t done)>& goes_on,
                                        const std::function<void(const std::string&)>& on_left_out);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "batch/epoch_order.hpp"
#include "batch/normalization.hpp"
#include "dataset/image_set.hpp"
#include "image/image_header.hpp"

namespace resnet {

/// Images ready for a net, with their labels.
///
/// Shapes   images float32 [N, 3, H, W], channels-last; labels int64 [N].
struct Batch {
  at::Tensor images;
  at::Tensor labels;

  /// Of photographs: the place of each in its set.
  std::vector<std::int64_t> photos = {};

  /// A sentence for each file that could not be read and whose image is therefore missing here (BadImages::kSkip).
  std::vector<std::string> left_out = {};
};

/// Room for so many images.
///
/// Shapes   -> float32 [count, 3, H, W], channels-last, without values.
at::Tensor empty_images(std::int64_t count, ImageSize size);

/// How one training image is seen: a crop of the padded image, or that crop mirrored.
///
/// Units    top and left are pixels from the corner of the padded image, 0 .. 2 * padding.
struct TrainingView {
  std::int64_t image = 0;
  std::int64_t top = 0;
  std::int64_t left = 0;
  bool is_mirrored = false;
};

/// The mean image, of 0..1: what is subtracted pixel by pixel.
///
/// Paper    Section 4.2, "the per-pixel mean subtracted".
/// Shapes   -> float32 [3, H, W].
/// Differs  The paper does not say over which images: here over those the net is trained on.
at::Tensor mean_image(const ImageSet& set);

/// The training batches of a run, each a pure function of (seed, step).
///
/// Image i of step s is the k-th of EpochOrder, with k = batch * s + i. Its crop and mirror are drawn from (seed, k).
///
/// Paper    Section 4.2: pad 4 pixels on each side, take a random 32x32 crop of the padded image or its mirror.
/// Throws   Error if the set is empty, the mean is not of its images' size, or the batch below 1.
/// Differs  The paper does not say how many crops there are: here the nine offsets each way that the padding allows, 0
///          to 8.
/// Differs  Batches cross from one epoch to the next, so that every image comes equally often and no batch is partial.
/// Differs  The paper does not say in which order an image is prepared: here input / 255 minus the mean image first,
///          then zero padding, crop and mirror, so that the mean belongs to the source pixel and the border is the mean
///          colour. There is no division by a deviation.
class BatchStream {
 public:
  BatchStream(ImageSet set, const at::Tensor& mean, std::int64_t batch, std::int64_t padding, std::uint64_t seed);

  /// The batch of this step. May be called by several threads at once.
  Batch at(std::int64_t step) const { return at(step, 0, batch_); }

  /// `count` images of it, from the `first` on.
  Batch at(std::int64_t step, std::int64_t first, std::int64_t count) const;

  std::int64_t batch() const { return batch_; }

  /// What `at` shows of the i-th image of this step.
  TrainingView view(std::int64_t step, std::int64_t i) const;

 private:
  ImageSet set_;
  at::Tensor mean_;  // [H, W, 3]: the order in which a channels-last batch is written
  std::int64_t batch_;
  std::int64_t padding_;
  std::uint64_t seed_;
  EpochOrder order_;
};

/// The images from `first` on, unchanged but normalised: the single view of testing.
///
/// Paper    Section 4.2: "we only evaluate the single view of the original 32x32 image".
/// Throws   Error if the set has not so many images.
Batch single_view_batch(const ImageSet& set, const Normalization& by, std::int64_t first, std::int64_t count);

}  // namespace resnet

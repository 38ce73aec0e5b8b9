// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "batch/epoch_order.hpp"
#include "batch/photo_batch.hpp"

namespace resnet {

/// How photographs are trained on.
struct PhotoTraining {
  PhotoSizes sizes;
  Normalization input;                ///< subtract_mean(colors), or what a net of others was trained with.
  std::optional<PhotoColors> colors;  ///< What colours are shifted by; without it they are not.
  std::int64_t batch = 256;
  std::uint64_t seed = 0;
  BadImages bad_images = BadImages::kStop;
};

/// The training batches of a run on photographs, each a pure function of (seed, step): files are read, decoded,
/// resized, mirrored, cut and coloured as they are asked for.
///
/// Image i of step s is the k-th of EpochOrder, with k = batch * s + i. Its view and its shift of colour are drawn from
/// (seed, k). Training asks for it by `in_pieces`.
///
/// Paper    Section 3.4: scale augmentation, 224x224 crop or its mirror, mean subtracted, colour augmentation.
/// Throws   Error if the set is empty, or the batch below 1.
/// Differs  The paper does not say in which order an image is prepared: here resize, mirror, crop, colour, mean.
///          Numbers beyond 0..1 that the colours make are left as they are.
class PhotoStream {
 public:
  PhotoStream(PhotoSet set, PhotoTraining training);

  std::int64_t batch() const { return training_.batch; }

  /// Room for so many images.
  Batch room_for(std::int64_t count) const;

  /// Draws the i-th image of this step into this place of a room. May be called by several threads at once.
  ///
  /// Throws   Error, in one sentence with the file's name, if it cannot be read and such files are to stop the run.
  void show(Batch& room, std::int64_t step, std::int64_t i, std::int64_t place) const;

 private:
  PhotoSet set_;
  PhotoTraining training_;
  EpochOrder order_;
  ColorMap colors_;  // without a shift
};

}  // namespace resnet

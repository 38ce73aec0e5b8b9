// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "batch/photo_batch.hpp"
#include "batch/prefetch.hpp"

namespace resnet {

/// How a photograph is tested.
///
/// Paper    Section 3.4: 10-crop testing for comparisons, and for the best results the fully convolutional form with
///          the scores averaged over several scales. Figure 4 shows the error of the centre crop.
enum class TestView { kCenter, kTenCrop, kDense };

/// Reads "center", "ten-crop" or "dense", and writes it. Throws Error for anything else.
TestView parse_test_view(const std::string& text);
std::string test_view_name(TestView view);

/// How photographs are tested.
struct PhotoTesting {
  PhotoSizes sizes;
  Normalization input;
  BadImages bad_images = BadImages::kStop;
};

/// The batches of a test, of `batch` photographs each and a last one that may have fewer: the centre crop of each, or
/// its ten crops one after the other, as ten_crop_views orders them.
///
/// The set must outlive the result. Batch number b has the photographs from b * batch on, without those that are left
/// out, whose sentences are in `left_out`: it may have none.
///
/// Shapes   images [n, 3, crop, crop] or [10 n, 3, crop, crop]; labels [n].
/// Throws   For ten crops, Error with the file's name if the whole photograph would have more than 20 million pixels at
///          the shorter side test_side. At once, Error for crops that are larger than test_side; for kDense, whose
///          inputs have as many sizes as the photographs have; and if `batch` is below 1.
InParts<Batch> test_batches(const PhotoSet& set, const PhotoTesting& testing, TestView view, std::int64_t batch);

/// One photograph in the sizes of dense testing; or nothing of it but why it could not be read.
struct DensePhoto {
  std::int64_t photo = 0;  ///< Its place in the set.
  std::vector<at::Tensor>
      inputs;            ///< For each of sizes.dense_sides [2, 3, H, W], channels-last: the image and its mirror.
  std::string left_out;  ///< A sentence, if it was skipped.
};

/// The photographs of a set for dense testing, each at its own proportions. The set must outlive the result.
///
/// Paper    Section 3.4: shorter sides {224, 256, 384, 480, 640}.
/// Throws   Error with the file's name if a photograph would have more than 20 million pixels in all sizes together:
///          one that is more than 22 times longer than wide.
InParts<DensePhoto> dense_photos(const PhotoSet& set, const PhotoTesting& testing);

/// One image, as the centre crop [1, 3, crop, crop] or the ten crops [10, 3, crop, crop].
///
/// Throws   As test_batches.
at::Tensor crops_of(const EncodedImage& image, const PhotoTesting& testing, TestView view);

/// One image at each of sizes.dense_sides, with its mirror: [2, 3, H, W] each.
std::vector<at::Tensor> dense_inputs(const EncodedImage& image, const PhotoTesting& testing);

}  // namespace resnet

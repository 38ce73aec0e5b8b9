// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <span>

#include "batch/normalization.hpp"
#include "detect/annotated_set.hpp"
#include "detector/objects_in_view.hpp"
#include "image/encoded_image.hpp"
#include "image/photo_view.hpp"

namespace resnet {

/// The size at which a detector sees an image: the shorter side is this, but the longer one no more than that.
///
/// Paper    References [7] and [32]: the shorter side 600, the longer one 1000 at most.
/// Units    Pixels.
struct DetectionSizes {
  std::int64_t shorter = 600;
  std::int64_t longest = 1000;

  bool operator==(const DetectionSizes&) const = default;
};

/// All of the image at that size, each side rounded to nearest.
///
/// Differs  No side becomes shorter than 32: a net makes one number of its map of so many.
PhotoView detection_view(ImageSize image, const DetectionSizes& sizes, Mirror mirror);

/// One image to be learnt from.
///
/// Shapes   image [1, 3, H, W], channels-last, normalised.
struct DetectionExample {
  at::Tensor image;
  ObjectsInView objects;
};

/// What the net sees of an image in a file, normalised.
///
/// Shapes   -> float32 [1, 3, H, W], channels-last.
/// Throws   Error, naming the file, if it cannot be read as an image.
at::Tensor see(const EncodedImage& image, const PhotoView& view, const Normalization& input);

/// The k-th image of a training run, of this file and with these objects, mirrored or not: which, is a function of
/// (seed, k).
///
/// Paper    References [7] and [32]: images are mirrored with a probability of 0.5.
/// Throws   Error, naming the file, if it cannot be read as an image.
DetectionExample training_example(const std::filesystem::path& file, std::span<const AnnotatedObject> objects,
                                  const DetectionSizes& sizes, const Normalization& input, std::uint64_t seed,
                                  std::int64_t k);

/// What is to be learnt of an image of this size and with these objects under this view.
///
/// Differs  As in [7]'s code, objects that are marked as difficult are not learnt from. Nor are those of which less
///          than a pixel is left in width or height.
ObjectsInView objects_in(std::span<const AnnotatedObject> objects, ImageSize size, const PhotoView& view);

}  // namespace resnet

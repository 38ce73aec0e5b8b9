// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "image/image_header.hpp"

namespace resnet {

/// The sizes of a crop, in pixels, that can be asked for; and the largest side that an image is resized to before it is
/// cut, which has room for all that photo_sizes says of the largest crop.
inline constexpr std::int64_t kLeastImageSize = 8;
inline constexpr std::int64_t kLargestImageSize = 4096;
inline constexpr std::int64_t kLargestSide = 4 * kLargestImageSize;

/// The sizes that images are resized and cut to.
///
/// Paper    Section 3.4: crops of 224x224 of an image whose shorter side is drawn from [256, 480]; dense testing at
///          each of {224, 256, 384, 480, 640}.
/// Differs  The paper does not give the side for ten crops: here 256, the authors' and [21]'s.
/// Units    Pixels.
struct PhotoSizes {
  std::int64_t crop = 224;
  std::int64_t least_side = 256;
  std::int64_t most_side = 480;
  std::int64_t test_side = 256;
  std::vector<std::int64_t> dense_sides = {224, 256, 384, 480, 640};
};

/// The paper's sizes in proportion to another crop, each rounded to nearest: what a reduced run uses. For 112 they are
/// 112, [128, 240], 128 and {112, 128, 192, 240, 320}.
///
/// Throws Error if the crop is below kLeastImageSize.
PhotoSizes photo_sizes(std::int64_t crop);

/// What a net sees of an image: the image is resized, then mirrored or not, then cut.
///
/// Units  Pixels of the resized image; `left` is counted after mirroring.
struct PhotoView {
  ImageSize resized;
  std::int64_t top = 0;
  std::int64_t left = 0;
  ImageSize size;
  bool is_mirrored = false;
};

/// The image's size when its shorter side becomes `side`.
///
/// Differs  The paper does not say how the longer side is rounded: here down, as torchvision does.
ImageSize with_shorter_side(ImageSize image, std::int64_t side);

/// The view of the k-th image of a training run: a function of (seed, k) and of the image's size.
///
/// Paper    Section 3.4: "the shorter side randomly sampled in [256, 480]", "a 224x224 crop is randomly sampled from an
///          image or its horizontal flip". Sides and positions are whole numbers, each as likely as the others.
PhotoView training_view(const PhotoSizes& sizes, ImageSize image, std::uint64_t seed, std::int64_t k);

/// The middle of the image, of this size, once its shorter side is `side`; where it cannot be exact, by half a pixel to
/// the even side, as torchvision's CenterCrop.
PhotoView center_view(ImageSize image, std::int64_t side, ImageSize size);

/// The same by `test_side` and the crop.
PhotoView center_view(const PhotoSizes& sizes, ImageSize image);

/// Throws Error if the crop is larger than `test_side`, and so has no room in the images that are tested.
void require_room_for_crops(const PhotoSizes& sizes);

/// The four corners of the image, whose shorter side is `test_side`, and its middle, then those of its mirror: upper
/// left, upper right, lower left, lower right, middle, as torchvision's TenCrop orders them.
///
/// Paper    Section 3.4, "the standard 10-crop testing".
/// Throws   As require_room_for_crops.
/// Differs  The paper does not say of what the corners are: here of the whole image, not of its middle square.
std::array<PhotoView, 10> ten_crop_views(const PhotoSizes& sizes, ImageSize image);

enum class Mirror { kNo, kYes };

/// All of the image at this shorter side.
PhotoView whole_view(ImageSize image, std::int64_t side, Mirror mirror);

}  // namespace resnet

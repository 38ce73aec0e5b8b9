// SPDX-License-Identifier: MIT
#include "image/photo_view.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/seed.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kPaperCrop = 224;

/// Half of what is cut off, and half a pixel to the even side, as Python's round() decides.
std::int64_t middle(std::int64_t whole, std::int64_t part) {
  const std::int64_t rest = whole - part;
  return rest / 2 + (rest % 4 == 3 ? 1 : 0);
}

/// A uniform whole number in [least, most].
std::int64_t draw(Random& random, std::int64_t least, std::int64_t most) {
  return least + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most - least + 1)));
}

}  // namespace

PhotoSizes photo_sizes(std::int64_t crop) {
  require(crop >= kLeastImageSize, "images of {0}x{0} pixels, expected at least {1}x{1}", crop, kLeastImageSize);
  const auto in_proportion = [crop](std::int64_t side) { return (side * crop + kPaperCrop / 2) / kPaperCrop; };
  PhotoSizes sizes;
  for (std::int64_t* side : {&sizes.crop, &sizes.least_side, &sizes.most_side, &sizes.test_side}) {
    *side = in_proportion(*side);
  }
  for (std::int64_t& side : sizes.dense_sides) side = in_proportion(side);
  return sizes;
}

ImageSize with_shorter_side(ImageSize image, std::int64_t side) {
  const std::int64_t shorter = std::min(image.height, image.width);
  const std::int64_t longer = side * std::max(image.height, image.width) / shorter;
  return image.height <= image.width ? ImageSize{side, longer} : ImageSize{longer, side};
}

PhotoView training_view(const PhotoSizes& sizes, ImageSize image, std::uint64_t seed, std::int64_t k) {
  Random random(derive_seed(seed, "view", static_cast<std::uint64_t>(k)));
  PhotoView view;
  view.resized = with_shorter_side(image, draw(random, sizes.least_side, sizes.most_side));
  view.size = {sizes.crop, sizes.crop};
  view.top = draw(random, 0, view.resized.height - sizes.crop);
  view.left = draw(random, 0, view.resized.width - sizes.crop);
  view.is_mirrored = random.below(2) == 1;
  return view;
}

PhotoView center_view(ImageSize image, std::int64_t side, ImageSize size) {
  const ImageSize resized = with_shorter_side(image, side);
  return {resized, middle(resized.height, size.height), middle(resized.width, size.width), size};
}

PhotoView center_view(const PhotoSizes& sizes, ImageSize image) {
  return center_view(image, sizes.test_side, {sizes.crop, sizes.crop});
}

void require_room_for_crops(const PhotoSizes& sizes) {
  require(sizes.crop <= sizes.test_side,
          "crops of {0} x {0} pixels in images whose shorter side is {1}, expected a test side of at least {0}",
          sizes.crop, sizes.test_side);
}

std::array<PhotoView, 10> ten_crop_views(const PhotoSizes& sizes, ImageSize image) {
  require_room_for_crops(sizes);
  const PhotoView center = center_view(sizes, image);
  const std::int64_t bottom = center.resized.height - sizes.crop;
  const std::int64_t right = center.resized.width - sizes.crop;
  std::array<PhotoView, 10> views;
  views.fill(center);
  for (std::size_t i = 0; i < views.size(); ++i) {
    views[i].is_mirrored = i >= 5;
    if (i % 5 == 4) continue;
    views[i].top = i % 5 < 2 ? 0 : bottom;
    views[i].left = i % 5 % 2 == 0 ? 0 : right;
  }
  return views;
}

PhotoView whole_view(ImageSize image, std::int64_t side, Mirror mirror) {
  const ImageSize resized = with_shorter_side(image, side);
  return {resized, 0, 0, resized, mirror == Mirror::kYes};
}

}  // namespace resnet

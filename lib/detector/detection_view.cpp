// SPDX-License-Identifier: MIT
#include "detector/detection_view.hpp"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "batch/batch_stream.hpp"
#include "batch/photo_batch.hpp"
#include "core/seed.hpp"
#include "detector/box_tensor.hpp"
#include "image/draw_view.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kLeastSide = 32;

/// The box under the view, cut to what is seen.
Box seen(const Box& box, ImageSize image, const PhotoView& view) {
  const auto width = static_cast<double>(view.size.width);
  const auto height = static_cast<double>(view.size.height);
  const double by_x = width / static_cast<double>(image.width);
  const double by_y = height / static_cast<double>(image.height);
  double left = std::clamp(by_x * box.left, 0.0, width);
  double right = std::clamp(by_x * box.right(), 0.0, width);
  const double top = std::clamp(by_y * box.top, 0.0, height);
  const double bottom = std::clamp(by_y * box.bottom(), 0.0, height);
  if (view.is_mirrored) {
    left = width - left;
    right = width - right;
    std::swap(left, right);
  }
  return {left, top, right - left, bottom - top};
}

}  // namespace

PhotoView detection_view(ImageSize image, const DetectionSizes& sizes, Mirror mirror) {
  const auto shorter = static_cast<double>(std::min(image.height, image.width));
  const auto longer = static_cast<double>(std::max(image.height, image.width));
  const double scale =
      std::min(static_cast<double>(sizes.shorter) / shorter, static_cast<double>(sizes.longest) / longer);
  const auto scaled = [&](std::int64_t side) {
    return std::max(kLeastSide, static_cast<std::int64_t>(std::lround(scale * static_cast<double>(side))));
  };
  PhotoView view;
  view.resized = view.size = {scaled(image.height), scaled(image.width)};
  view.is_mirrored = mirror == Mirror::kYes;
  return view;
}

at::Tensor see(const EncodedImage& image, const PhotoView& view, const Normalization& input) {
  at::Tensor seen = empty_images(1, view.size);
  draw_view(image, view, color_map(input), seen.mutable_data_ptr<float>());
  return seen;
}

DetectionExample training_example(const std::filesystem::path& file, std::span<const AnnotatedObject> objects,
                                  const DetectionSizes& sizes, const Normalization& input, std::uint64_t seed,
                                  std::int64_t k) {
  const EncodedImage encoded = read_encoded_image(file);
  const bool is_mirrored = Random(derive_seed(seed, "mirror", static_cast<std::uint64_t>(k))).below(2) == 1;
  const PhotoView view = detection_view(encoded.header.size, sizes, is_mirrored ? Mirror::kYes : Mirror::kNo);
  return {see(encoded, view, input), objects_in(objects, encoded.header.size, view)};
}

ObjectsInView objects_in(std::span<const AnnotatedObject> objects, ImageSize size, const PhotoView& view) {
  std::vector<Box> boxes;
  std::vector<std::int64_t> labels;
  std::vector<Box> crowds;
  for (const AnnotatedObject& object : objects) {
    const Box box = seen(object.box, size, view);
    if (box.width < 1 || box.height < 1 || object.kind == ObjectKind::kDifficult) continue;
    if (object.kind == ObjectKind::kCrowd) {
      crowds.push_back(box);
    } else {
      boxes.push_back(box);
      labels.push_back(static_cast<std::int64_t>(object.label) + 1);
    }
  }
  return {box_tensor(boxes), at::tensor(labels, at::kLong), box_tensor(crowds)};
}

}  // namespace resnet

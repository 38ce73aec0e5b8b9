// SPDX-License-Identifier: MIT
#include "batch/batch_stream.hpp"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/seed.hpp"

namespace resnet {
namespace {

ImageSize size_of(const ImageSet& set) { return {set.images.size(2), set.images.size(3)}; }

/// The mean in the order in which a channels-last batch is written, [H, W, 3]. Throws Error unless it fits the images.
at::Tensor mean_by_pixel(const at::Tensor& mean, const ImageSet& set) {
  require(mean.scalar_type() == at::kFloat && mean.sizes() == set.images.sizes().slice(1),
          "the mean image is {} {}, expected Float {} like the images", c10::toString(mean.scalar_type()),
          fmt::join(mean.sizes().vec(), "x"), fmt::join(set.images.sizes().slice(1).vec(), "x"));
  return mean.permute({1, 2, 0}).contiguous();
}

/// Writes one view of `source` (planes R, G, B) to `out` (pixel by pixel), in one pass: scale, mean, pad, crop, mirror.
void write_view(const std::uint8_t* source, const float* mean, ImageSize size, std::int64_t padding,
                const TrainingView& view, float* out) {
  const std::int64_t plane = size.height * size.width;
  for (std::int64_t y = 0; y < size.height; ++y) {
    const std::int64_t source_y = y + view.top - padding;
    float* row = out + y * size.width * 3;
    if (source_y < 0 || source_y >= size.height) {
      std::fill_n(row, size.width * 3, 0.0F);
      continue;
    }
    for (std::int64_t x = 0; x < size.width; ++x) {
      const std::int64_t cropped_x = view.is_mirrored ? size.width - 1 - x : x;
      const std::int64_t source_x = cropped_x + view.left - padding;
      const bool is_inside = source_x >= 0 && source_x < size.width;
      const std::int64_t pixel = source_y * size.width + source_x;
      for (std::int64_t c = 0; c < 3; ++c) {
        row[x * 3 + c] =
            is_inside ? static_cast<float>(source[c * plane + pixel]) / 255.0F - mean[pixel * 3 + c] : 0.0F;
      }
    }
  }
}

}  // namespace

at::Tensor empty_images(std::int64_t count, ImageSize size) {
  return at::empty({count, 3, size.height, size.width}, at::TensorOptions().dtype(at::kFloat),
                   at::MemoryFormat::ChannelsLast);
}

at::Tensor mean_image(const ImageSet& set) {
  require(set.size() > 0, "the mean image: the set has no images");
  // Whole numbers are summed without rounding. LibTorch's sum would first make 64-bit numbers of all images: 1.2 GB.
  const at::Tensor images = set.images.contiguous();
  const at::Tensor sum = at::zeros(images.sizes().slice(1), at::kLong);
  const auto* source = images.const_data_ptr<std::uint8_t>();
  auto* sums = sum.mutable_data_ptr<std::int64_t>();
  for (std::int64_t image = 0; image < set.size(); ++image) {
    for (std::int64_t i = 0; i < sum.numel(); ++i) sums[i] += *source++;
  }
  return sum.to(at::kDouble).div_(255.0 * static_cast<double>(set.size())).to(at::kFloat);
}

BatchStream::BatchStream(ImageSet set, const at::Tensor& mean, std::int64_t batch, std::int64_t padding,
                         std::uint64_t seed)
    : set_(std::move(set)),
      mean_(mean_by_pixel(mean, set_)),
      batch_(batch),
      padding_(padding),
      seed_(seed),
      order_(set_.size(), seed) {
  require(batch > 0, "a batch of {} images, expected at least 1", batch);
  set_.images = set_.images.contiguous();
  set_.labels = set_.labels.contiguous();
}

TrainingView BatchStream::view(std::int64_t step, std::int64_t i) const {
  const std::int64_t k = batch_ * step + i;
  Random random(derive_seed(seed_, "view", static_cast<std::uint64_t>(k)));
  const auto offsets = static_cast<std::uint64_t>(2 * padding_ + 1);
  TrainingView view;
  view.image = order_.image(k);
  view.top = static_cast<std::int64_t>(random.below(offsets));
  view.left = static_cast<std::int64_t>(random.below(offsets));
  view.is_mirrored = random.below(2) == 1;
  return view;
}

Batch BatchStream::at(std::int64_t step, std::int64_t first, std::int64_t count) const {
  const ImageSize size = size_of(set_);
  const std::int64_t image_values = 3 * size.height * size.width;
  Batch batch{empty_images(count, size), at::empty({count}, at::kLong)};
  const auto* source = set_.images.const_data_ptr<std::uint8_t>();
  const auto* source_labels = set_.labels.const_data_ptr<std::int64_t>();
  const auto* mean = mean_.const_data_ptr<float>();
  auto* images = batch.images.mutable_data_ptr<float>();
  auto* labels = batch.labels.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < count; ++i) {
    const TrainingView seen = view(step, first + i);
    write_view(source + seen.image * image_values, mean, size, padding_, seen, images + i * image_values);
    labels[i] = source_labels[seen.image];
  }
  return batch;
}

Batch single_view_batch(const ImageSet& set, const Normalization& by, std::int64_t first, std::int64_t count) {
  require(first >= 0 && count > 0 && first + count <= set.size(), "images {} to {} of a set of {}", first,
          first + count - 1, set.size());
  return {normalized(set.images.narrow(0, first, count), by), set.labels.narrow(0, first, count)};
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "batch/photo_batch.hpp"

#include <ATen/ATen.h>

#include <utility>
#include <vector>

#include "core/error.hpp"

namespace resnet {

BadImages parse_bad_images(const std::string& text) {
  if (text == "stop") return BadImages::kStop;
  if (text == "skip") return BadImages::kSkip;
  throw Error(fmt::format("'{}' says nothing of images that cannot be read, expected stop or skip", text),
              Fault::kUsage);
}

ColorMap color_map(const Normalization& by) {
  const at::Tensor mean = by.mean.flatten(1).mean(1, /*keepdim=*/false, at::kDouble);
  const at::Tensor std = by.std.flatten(1).mean(1, /*keepdim=*/false, at::kDouble);
  ColorMap map;
  for (std::size_t c = 0; c < 3; ++c) {
    const auto channel = static_cast<std::int64_t>(c);
    const double divisor = std[channel].item<double>();
    map.scale[c] = static_cast<float>(1 / (255 * divisor));
    map.offset[c] = static_cast<float>(-mean[channel].item<double>() / divisor);
  }
  return map;
}

Normalization subtract_mean(const PhotoColors& colors) {
  return subtract_mean(at::tensor(at::ArrayRef<double>(colors.mean.data(), 3)).to(at::kFloat).view({3, 1, 1}));
}

Batch room_for_photos(std::int64_t count, std::int64_t views, ImageSize size) {
  const auto photos = static_cast<std::size_t>(count);
  return {empty_images(count * views, size), at::empty({count}, at::kLong), std::vector<std::int64_t>(photos),
          std::vector<std::string>(photos)};
}

void drop_left_out(Batch& batch) {
  std::vector<std::int64_t> places;
  std::vector<std::int64_t> images;
  std::vector<std::int64_t> photos;
  std::vector<std::string> sentences;
  const std::int64_t views = batch.images.size(0) / batch.labels.size(0);
  for (std::size_t i = 0; i < batch.left_out.size(); ++i) {
    if (!batch.left_out[i].empty()) {
      sentences.push_back(std::move(batch.left_out[i]));
      continue;
    }
    const auto place = static_cast<std::int64_t>(i);
    places.push_back(place);
    photos.push_back(batch.photos[i]);
    for (std::int64_t view = 0; view < views; ++view) images.push_back(place * views + view);
  }
  if (!sentences.empty()) {
    batch.labels = batch.labels.index_select(0, at::tensor(places, at::kLong));
    batch.images =
        batch.images.index_select(0, at::tensor(images, at::kLong)).contiguous(at::MemoryFormat::ChannelsLast);
    batch.photos = std::move(photos);
  }
  batch.left_out = std::move(sentences);
}

}  // namespace resnet

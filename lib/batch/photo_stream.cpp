// SPDX-License-Identifier: MIT
#include "batch/photo_stream.hpp"

#include <utility>

#include "core/error.hpp"

namespace resnet {

PhotoStream::PhotoStream(PhotoSet set, PhotoTraining training)
    : set_(std::move(set)),
      training_(std::move(training)),
      order_(set_.size(), training_.seed),
      colors_(color_map(training_.input)) {
  require(training_.batch > 0, "a batch of {} images, expected at least 1", training_.batch);
}

Batch PhotoStream::room_for(std::int64_t count) const {
  return room_for_photos(count, /*views=*/1, {training_.sizes.crop, training_.sizes.crop});
}

void PhotoStream::show(Batch& room, std::int64_t step, std::int64_t i, std::int64_t place) const {
  const std::int64_t k = training_.batch * step + i;
  ColorMap colors = colors_;
  if (training_.colors) {
    const Rgb shift = color_shift(*training_.colors, training_.seed, k);
    // The map is (byte / 255 + shift - mean) / std, and its scale 1 / (255 std).
    for (std::size_t c = 0; c < 3; ++c) colors.offset[c] += static_cast<float>(shift[c]) * 255 * colors.scale[c];
  }
  draw_photo(room, place, set_, order_.image(k), training_.bad_images, [&](const EncodedImage& image, float* out) {
    draw_view(image, training_view(training_.sizes, image.header.size, training_.seed, k), colors, out);
  });
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "batch/batch_stream.hpp"
#include "batch/normalization.hpp"
#include "core/error.hpp"
#include "dataset/photo_set.hpp"
#include "image/draw_view.hpp"
#include "image/photo_colors.hpp"

namespace resnet {

/// What becomes of a file that cannot be read as an image.
///
/// Either way it is named in one sentence, and no other image takes its place: a batch without it is smaller. It is
/// found out when the file is read, so that no first pass over a million files is needed; and as what is read of a file
/// is a function of (seed, step), the same images are left out for any number of threads. Lack of memory is no fault of
/// a file, and stops either way.
///
/// A file that is cut short may be read for some views and not for others: what lies below a view is not looked at. So
/// an image may be missing from one step and be there in another, and a test of other views may count other images.
enum class BadImages { kStop, kSkip };

/// Reads "stop" or "skip". Throws Error for anything else.
BadImages parse_bad_images(const std::string& text);

/// What a byte of a channel becomes: (byte / 255 - mean) / std. A mean for each pixel counts as its average.
ColorMap color_map(const Normalization& by);

/// The mean of these colours alone, as the paper has it: std is 1.
Normalization subtract_mean(const PhotoColors& colors);

/// Room for `count` photographs of `views` views of this size each, to be drawn by several threads.
///
/// Shapes   images float32 [count * views, 3, H, W], channels-last, without values; labels int64 [count].
Batch room_for_photos(std::int64_t count, std::int64_t views, ImageSize size);

/// Runs `read`, which reads a file as an image. If it cannot be read: the sentence that says so, or the Error itself if
/// such files are to stop; else nothing.
template <typename Read>
std::string why_left_out(BadImages bad_images, const Read& read) {
  try {
    read();
  } catch (const Error& error) {
    if (bad_images == BadImages::kStop) throw;
    return error.what();
  }
  return {};
}

/// Draws photograph number `photo` of the set into place `i` of such a room, by `draw(image, out)`, which writes all of
/// its views. A file that cannot be read is noted in `left_out`, or thrown.
template <typename Draw>
void draw_photo(Batch& batch, std::int64_t i, const PhotoSet& set, std::int64_t photo, BadImages bad_images,
                const Draw& draw) {
  batch.labels.data_ptr<std::int64_t>()[i] = set.labels[static_cast<std::size_t>(photo)];
  batch.photos[static_cast<std::size_t>(i)] = photo;
  batch.left_out[static_cast<std::size_t>(i)] = why_left_out(bad_images, [&] {
    const std::int64_t numbers = batch.images.numel() / batch.labels.numel();
    draw(read_encoded_image(set.path(photo)), batch.images.data_ptr<float>() + i * numbers);
  });
}

/// Closes the gaps that unread files have left; perhaps no image is left.
void drop_left_out(Batch& batch);

}  // namespace resnet

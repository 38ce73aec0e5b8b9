// SPDX-License-Identifier: MIT
#include "batch/test_views.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>

#include "core/error.hpp"

namespace resnet {
namespace {

constexpr std::array<std::pair<TestView, const char*>, 3> kNames = {
    {{TestView::kCenter, "center"}, {TestView::kTenCrop, "ten-crop"}, {TestView::kDense, "dense"}}};

// A photograph of 500 x 375 has 1.2 million in the paper's five sizes together; one that is 22 times longer than wide
// has these, which with the mirror are 480 MB.
constexpr std::int64_t kMostResizedPixels = 20'000'000;

// A thing is dozens of megabytes here, and a dense one up to 480: a few, though one thread makes all of a dense one, so
// that no more than these many work on those. The net takes far longer for it.
constexpr std::int64_t kMostAhead = 4;

/// Throws Error if too much would come of resizing all of the image to these shorter sides.
void require_room(const EncodedImage& image, const std::vector<std::int64_t>& sides) {
  const ImageSize& size = image.header.size;
  std::int64_t pixels = 0;
  for (const std::int64_t side : sides) {
    const ImageSize resized = with_shorter_side(size, side);
    pixels += resized.height * resized.width;
  }
  require(pixels <= kMostResizedPixels,
          "{}: its {} x {} pixels would be resized to {}, expected at most {}; cut it, or test the centre alone",
          image.name, size.width, size.height, pixels, kMostResizedPixels);
}

std::int64_t views_of(TestView view) { return view == TestView::kTenCrop ? 10 : 1; }

/// A piece of an image of which all is there, [H][W][3].
void copy_crop(const float* whole, std::int64_t width, const PhotoView& view, float* out) {
  for (std::int64_t y = 0; y < view.size.height; ++y) {
    const float* row = whole + 3 * ((view.top + y) * width);
    if (!view.is_mirrored) {
      out = std::copy_n(row + 3 * view.left, 3 * view.size.width, out);
      continue;
    }
    for (std::int64_t x = 0; x < view.size.width; ++x) {
      out = std::copy_n(row + 3 * (width - 1 - view.left - x), 3, out);
    }
  }
}

void draw_crops(const EncodedImage& image, const PhotoSizes& sizes, const ColorMap& colors, TestView view, float* out) {
  if (view == TestView::kCenter) {
    draw_view(image, center_view(sizes, image.header.size), colors, out);
    return;
  }
  require_room(image, {sizes.test_side});
  // Decoded and resized once.
  const PhotoView whole = whole_view(image.header.size, sizes.test_side, Mirror::kNo);
  std::vector<float> numbers(static_cast<std::size_t>(3 * whole.size.height * whole.size.width));
  draw_view(image, whole, colors, numbers.data());
  for (const PhotoView& crop : ten_crop_views(sizes, image.header.size)) {
    copy_crop(numbers.data(), whole.size.width, crop, out);
    out += 3 * crop.size.height * crop.size.width;
  }
}

at::Tensor dense_input(const EncodedImage& image, std::int64_t side, const ColorMap& colors) {
  const PhotoView whole = whole_view(image.header.size, side, Mirror::kNo);
  at::Tensor both = empty_images(2, whole.size);
  auto* out = both.data_ptr<float>();
  draw_view(image, whole, colors, out);
  PhotoView mirror = whole;
  mirror.is_mirrored = true;
  copy_crop(out, whole.size.width, mirror, out + 3 * whole.size.height * whole.size.width);
  return both;
}

std::vector<at::Tensor> dense_inputs(const EncodedImage& image, const PhotoSizes& sizes, const ColorMap& colors) {
  require_room(image, sizes.dense_sides);
  std::vector<at::Tensor> inputs;
  for (const std::int64_t side : sizes.dense_sides) inputs.push_back(dense_input(image, side, colors));
  return inputs;
}

void require_crops(const PhotoSizes& sizes, TestView view) {
  require_usage(
      view != TestView::kDense,
      "dense testing has no crops: its inputs have as many sizes as the photographs; take center or ten-crop");
  require_room_for_crops(sizes);
}

}  // namespace

TestView parse_test_view(const std::string& text) {
  const auto* found =
      std::find_if(kNames.begin(), kNames.end(), [&](const auto& entry) { return text == entry.second; });
  require_usage(found != kNames.end(), "'{}' is no way to test, expected center, ten-crop or dense", text);
  return found->first;
}

std::string test_view_name(TestView view) {
  return std::find_if(kNames.begin(), kNames.end(), [&](const auto& entry) { return view == entry.first; })->second;
}

InParts<Batch> test_batches(const PhotoSet& set, const PhotoTesting& testing, TestView view, std::int64_t batch) {
  require_crops(testing.sizes, view);
  require(batch > 0, "a batch of {} images, expected at least 1", batch);
  const auto count = [&set, batch](std::int64_t index) { return std::min(batch, set.size() - index * batch); };
  const ImageSize crop{testing.sizes.crop, testing.sizes.crop};
  return {.begin = [=](std::int64_t index) { return room_for_photos(count(index), views_of(view), crop); },
          .parts = count,
          .make =
              [&set, view, batch, sizes = testing.sizes, colors = color_map(testing.input),
               bad_images = testing.bad_images](Batch& room, std::int64_t index, std::int64_t i) {
                draw_photo(room, i, set, index * batch + i, bad_images,
                           [&](const EncodedImage& image, float* out) { draw_crops(image, sizes, colors, view, out); });
              },
          .end = [](Batch& room, std::int64_t) { drop_left_out(room); },
          .most_ahead = kMostAhead};
}

InParts<DensePhoto> dense_photos(const PhotoSet& set, const PhotoTesting& testing) {
  auto making = in_one_part<DensePhoto>([&set, sizes = testing.sizes, colors = color_map(testing.input),
                                         bad_images = testing.bad_images](std::int64_t index) {
    DensePhoto photo{.photo = index, .inputs = {}, .left_out = {}};
    photo.left_out = why_left_out(
        bad_images, [&] { photo.inputs = dense_inputs(read_encoded_image(set.path(index)), sizes, colors); });
    return photo;
  });
  making.most_ahead = kMostAhead;
  return making;
}

at::Tensor crops_of(const EncodedImage& image, const PhotoTesting& testing, TestView view) {
  require_crops(testing.sizes, view);
  at::Tensor crops = empty_images(views_of(view), {testing.sizes.crop, testing.sizes.crop});
  draw_crops(image, testing.sizes, color_map(testing.input), view, crops.data_ptr<float>());
  return crops;
}

std::vector<at::Tensor> dense_inputs(const EncodedImage& image, const PhotoTesting& testing) {
  return dense_inputs(image, testing.sizes, color_map(testing.input));
}

}  // namespace resnet

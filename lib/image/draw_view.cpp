// SPDX-License-Identifier: MIT
#include "image/draw_view.hpp"

#include <utility>

namespace resnet {
namespace {

// A thread decodes image after image into the same memory, unless one was far larger than photographs are.
constexpr std::size_t kMostKept = std::size_t{1} << 24;

/// Gives such memory back when an image is drawn, or has turned out to be broken.
struct GivesBack {
  Pixels& pixels;

  ~GivesBack() {
    if (pixels.bytes.capacity() > kMostKept) pixels = {};
  }
};

}  // namespace

void draw_view(const EncodedImage& image, const PhotoView& view, const ColorMap& colors, float* out) {
  const ImageSize& size = image.header.size;
  // The mirrored view shows the columns of this unmirrored one, from right to left.
  const std::int64_t left = view.is_mirrored ? view.resized.width - view.left - view.size.width : view.left;
  const ResampleAxis rows = resample_axis(size.height, view.resized.height, view.top, view.size.height);
  ResampleAxis columns = resample_axis(size.width, view.resized.width, left, view.size.width);
  thread_local Pixels pixels;
  const GivesBack gives_back{pixels};
  decode(image, {rows.first, columns.first, rows.end - rows.first, columns.end - columns.first}, pixels);
  if (view.is_mirrored) columns = reversed(std::move(columns));
  const RgbSource source{pixels.row(rows.first) + 3 * (columns.first - pixels.region.left), 3 * pixels.region.width};
  resample(source, rows, columns, colors, out);
}

}  // namespace resnet

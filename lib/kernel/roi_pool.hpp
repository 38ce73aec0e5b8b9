// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace resnet {

/// A max pool over regions of one channels-last map, each cut into grid x grid bins.
///
/// Paper    Section 4.3 takes it from Faster R-CNN: R. Girshick, "Fast R-CNN", 2015, Section 2.1.
/// Shapes   The map is [height, width, channels] without gaps, of kMostRoiPixels pixels or fewer; the result
///          [regions, grid, grid, channels].
struct RoiPoolShape {
  std::int64_t height;
  std::int64_t width;
  std::int64_t channels;
  std::int64_t regions;
  std::int64_t grid;
};

/// How a number's place on the map is kept: row * width + column, or kNoRoiPlace under an empty bin.
using RoiPlace = std::uint16_t;
constexpr RoiPlace kNoRoiPlace = std::numeric_limits<RoiPlace>::max();
constexpr std::int64_t kMostRoiPixels = kNoRoiPlace;

/// The rows or the columns of the map that a bin covers: [first, last), none where they are equal.
struct BinSpan {
  std::int32_t first;
  std::int32_t last;
};

/// Lays the bins: for each region the spans of its rows of bins, then of its columns.
///
/// The ends of a region are rounded to whole pixels, both included; neighbouring bins share a pixel that lies in both.
/// Rounded as in the Caffe layer of Fast R-CNN and in torchvision's roi_pool: in float32.
///
/// Shapes   regions [regions, 4]: left, top, right, bottom, finite -> [regions, 2, grid].
/// Units    Regions in pixels of the image; scale in pixels of the map for one of the image.
/// Differs  An end further than 2^30 pixels from the map's origin counts as if it lay there; theirs overflows.
std::vector<BinSpan> roi_bins(const RoiPoolShape& shape, const float* regions, double scale);

/// Writes the rows [first, last) of y, counted through all regions: the largest number of each bin, 0 of an empty one.
///
/// `places` gets where it lies on the map: the first of equal ones. NaN counts as larger than any number, and the last
/// of several as the largest, as in max_pool.hpp. `places` may be null.
///
/// Shapes   bins as roi_bins has them; places as y.
/// Differs  Caffe and torchvision pass over NaN, and make -FLT_MAX of a bin that has nothing above it.
template <typename T>
void roi_pool(const RoiPoolShape& shape, const T* map, const BinSpan* bins, T* y, RoiPlace* places, std::int64_t first,
              std::int64_t last);

/// Adds to the channels [first, last) of `sums`, for each number of the map, dy over the bins in which it was the
/// largest: in float32, from the first bin to the last.
///
/// Shapes   dy and places as y; sums as the map.
template <typename T>
void roi_pool_gradient(const RoiPoolShape& shape, const T* dy, const RoiPlace* places, float* sums, std::int64_t first,
                       std::int64_t last);

}  // namespace resnet

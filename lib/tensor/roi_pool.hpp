// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace resnet {

/// The largest number in each of the grid x grid bins that each region of a map is cut into; 0 in an empty bin.
///
/// A region of any size so becomes a map of one size. The numbers of torchvision's roi_pool: `roi_bins` in
/// kernel/roi_pool.hpp says how a region is rounded and cut. Of equal numbers the first gets the gradient; the regions
/// get none. NaN counts as larger than any number.
///
/// Channels-last maps of up to 65,535 pixels in float32 or bfloat16 on the CPU take our kernels; all else, and
/// everything under Kernels::kEager, takes LibTorch's operations, region by region, to the same numbers. The gradient
/// is summed in float32 (of a double map, in double), on the CPU in one order for any number of threads, and in
/// bfloat16 rounded once. For the backward pass ours keeps two bytes for each output. Its gradient cannot be
/// differentiated twice.
///
/// Paper    Section 4.3: the layer of Faster R-CNN between the map of an image and the head that sees its regions.
/// Shapes   map [1, C, H, W], regions float32 [R, 4] (left, top, right, bottom) on the CPU or the map's device; R may
///          be 0 -> [R, C, grid, grid], channels-last, in the map's dtype.
/// Units    Regions in pixels of the image; scale in pixels of the map for one of the image (conv4_x: 1 / 16).
/// Throws   Error if the shapes are others, grid is below 1, or a coordinate is not finite; and in a backward pass that
///          makes a graph of its own, if the kernels were ours.
/// Differs  torchvision passes over NaN, and makes -FLT_MAX of a bin that has nothing above it. The paper does not say
///          how its regions are rounded; this is how Fast R-CNN's code does.
at::Tensor roi_pool(const at::Tensor& map, const at::Tensor& regions, double scale, std::int64_t grid);

}  // namespace resnet

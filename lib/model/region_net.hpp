// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace resnet {

/// The shapes between the two halves of a net that is cut for detection.
struct RegionShape {
  std::int64_t map_stride = 0;    ///< Pixels of the image for one of the shared map.
  std::int64_t map_channels = 0;  ///< Of the shared map.
  std::int64_t grid = 0;          ///< Height and width of the part of the map that stands for a region.
  std::int64_t features = 0;      ///< Numbers that the second half makes of a region.
};

/// A classifier cut in two for Faster R-CNN: what is computed once for an image, and what for each region of it.
///
/// A residual net is cut before conv5_x, where Fast R-CNN cut VGG-16 behind its convolutions. The last layer, which
/// gives the scores of the classes, is the classifier's own.
///
/// Paper    Section 4.3: VGG-16 and ResNet-101 in one detection system, "Faster R-CNN".
/// Differs  Section 4.3 leaves the cut to its appendix, which does not say how finely a region of a residual net is
///          cut: here into 14 x 14, so that conv5_x makes of it the 7 x 7 that it has in classification. The first
///          layers stay as they were pre-trained, as in Fast R-CNN (conv1 and conv2 of VGG-16): of a residual net conv1
///          and conv2_x, of which the paper does not say it.
class RegionNet {
 public:
  virtual ~RegionNet() = default;

  virtual RegionShape region_shape() const = 0;

  /// The map that all regions share; the fixed layers keep nothing for a backward pass.
  ///
  /// Shapes   image [1, 3, H, W] -> [1, map_channels, H / map_stride, W / map_stride], channels-last; how a size that
  ///          does not divide is rounded is the net's.
  virtual torch::Tensor shared_map(const torch::Tensor& image) = 0;

  /// Shapes   parts [R, map_channels, grid, grid] of the map -> [R, features].
  virtual torch::Tensor region_features(const torch::Tensor& parts) = 0;

  /// Shapes   [R, features] -> logits [R, classes] in float32.
  virtual torch::Tensor region_logits(const torch::Tensor& features) = 0;

  /// The names of the modules that are not trained, as they stand in the net: "conv1", "layer1".
  virtual std::vector<std::string> fixed_modules() const = 0;
};

}  // namespace resnet

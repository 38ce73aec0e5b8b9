// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "batch/normalization.hpp"
#include "dataset/image_set.hpp"
#include "model/classifier.hpp"

namespace resnet {

/// How strongly one layer responds.
///
/// Units    Of the activations, without unit: standard deviations that divide by the count.
struct LayerResponse {
  std::string layer;                  ///< "layer1.0.conv1"
  double deviation = 0;               ///< Over all images, channels and positions.
  double mean_channel_deviation = 0;  ///< Over images and positions for each channel, averaged over the channels.
};

/// The responses of every layer to all images of a set, in evaluation mode, from the first layer to the last.
///
/// `goes_on` is told before each batch how many images are done; if it returns false, nothing is measured.
///
/// Paper    Section 4.2, Figure 7; model/layer_probe.hpp says where a response is taken.
/// Differs  The paper does not say over which images, nor whether a layer's deviation is taken over all its numbers or
///          for each channel: here over the single view of the given images (Figure 7: the 10,000 test images), and as
///          one number over everything, with the mean of the channels' deviations beside it. Sums are in double.
std::optional<std::vector<LayerResponse>> measure_layer_responses(
    Classifier& model, const ImageSet& set, const Normalization& input, torch::Device device,
    const std::function<bool(std::int64_t done)>& goes_on);

}  // namespace resnet

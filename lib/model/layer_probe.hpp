// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

#include "model/batch_norm.hpp"
#include "model/classifier.hpp"

namespace resnet {

/// Sees the response of every layer while a net computes: what leaves its batch norm, before the ReLU or the addition.
///
/// As long as it lives, in its thread, a net takes batch norm, sum and ReLU apart and tells each response as it comes;
/// the numbers that leave the net stay the same within rounding. Without one, a layer asks whether there is one and
/// nothing more.
///
/// Paper    Section 4.2, Figure 7: "the standard deviations (std) of the layer responses ... the outputs of each 3x3
///          layer, after BN and before other nonlinearity (ReLU/addition)".
class LayerProbe {
 public:
  using Listener = std::function<void(const BatchNorm& norm, const torch::Tensor& response)>;

  explicit LayerProbe(Listener listener);
  ~LayerProbe();
  LayerProbe(const LayerProbe&) = delete;
  LayerProbe& operator=(const LayerProbe&) = delete;

  /// The innermost one of this thread, or null.
  static const LayerProbe* current();

  void tell(const BatchNorm& norm, const torch::Tensor& response) const { listener_(norm, response); }

 private:
  Listener listener_;
  const LayerProbe* outer_;
};

/// A layer that responds: its convolution's name, as "layer1.0.conv1", and the batch norm behind it.
struct ProbedLayer {
  std::string name;
  const BatchNorm* norm = nullptr;
};

/// The layers of Figure 7 from the first to the last: the 6n + 1 convolutions, without the projections of shortcuts.
std::vector<ProbedLayer> probed_layers(const Classifier& model);

}  // namespace resnet

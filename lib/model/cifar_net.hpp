// SPDX-License-Identifier: MIT
#pragma once

#include "model/staged_net.hpp"

namespace resnet {

/// The paper's CIFAR-10 net of 6n + 2 weighted layers, plain or residual.
///
/// A 3x3 convolution, three stages of n blocks with {16, 32, 64} filters on maps of {32, 16, 8}, global average
/// pooling, and a fully-connected layer.
///
/// Paper    Section 4.2.
/// Throws   As StagedNet and check_spec, and Error if the spec is of another design.
class CifarNet : public StagedNet {
 public:
  explicit CifarNet(const ModelSpec& spec);
};

}  // namespace resnet

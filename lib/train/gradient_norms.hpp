// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "model/classifier.hpp"

namespace resnet {

/// The weighted layers of a net in order, projections among them: the columns of a run's gradients.csv.
std::vector<std::string> weighted_layers(const Classifier& model);

/// The Euclidean norm of the loss's gradient with respect to each weighted layer's weights, after a backward pass.
///
/// Paper    Section 4.1: "We also verify that the backward propagated gradients exhibit healthy norms with BN."
/// Throws   Error if a layer has no gradient.
/// Differs  The paper does not say of what: here of the weights, biases and batch norm left out, without weight decay.
std::vector<double> gradient_norms(const Classifier& model);

}  // namespace resnet

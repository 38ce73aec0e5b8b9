// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>

#include <string>

#include "exchange/safetensors.hpp"

namespace resnet {

/// Appends a net's parameters and BN statistics, each under `prefix` and its own name, as they stand now.
void add_model_state(TensorFile& file, const torch::nn::Module& model, const std::string& prefix = "");

/// Whether every parameter and every BN statistic is a finite number.
bool is_finite(const torch::nn::Module& model);

/// Copies parameters and BN statistics from the file into the net.
///
/// Throws Error, and changes nothing, if a tensor is missing, has another shape or dtype, or, with an empty prefix, is
/// left over. `what` names the file in the message.
void load_model_state(torch::nn::Module& model, const TensorFile& file, const std::string& what,
                      const std::string& prefix = "");

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "model/classifier.hpp"
#include "train/recipe.hpp"

namespace resnet {

/// Sixteen hexadecimal digits made from every byte of a file of weights, or of the `weights.safetensors` of a folder.
///
/// Throws Error if it is not there.
std::string weights_hash(const std::filesystem::path& path);

/// Gives a net the weights and BN statistics with which its recipe has it begin: fine-tuning.
///
/// Where the number of classes is another one, the last layer stays as the seed made it. Returns what was done, as a
/// sentence for a person.
///
/// Paper    Section 4.3 does so for detection; Section 3.4 trains from scratch.
/// Throws   Error if the file is not a trained net (exchange/trained_model.hpp), is of another net, or its bytes are
///          not those of the recipe's hash. The net is then unchanged.
std::string begin_with_weights(Classifier& model, const Recipe& recipe);

}  // namespace resnet

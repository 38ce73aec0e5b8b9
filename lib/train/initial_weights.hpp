// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "exchange/trained_model.hpp"
#include "model/classifier.hpp"
#include "train/recipe.hpp"

namespace resnet {

/// Sixteen hexadecimal digits made from every byte of a file of weights, or of the `weights.safetensors` of a folder.
///
/// Throws Error if it is not there.
std::string weights_hash(const std::filesystem::path& path);

/// Reads the net with which a run begins: fine-tuning.
///
/// Paper    Section 4.3 does so for detection; Section 3.4 trains from scratch.
/// Throws   Error if the file is not a trained net (exchange/trained_model.hpp), or its bytes have another hash than
///          this, which the flag `hash_flag` gives.
TrainedModel initial_model(const std::filesystem::path& path, const std::string& hash, const std::string& hash_flag);

/// The same of a recipe.
TrainedModel initial_model(const Recipe& recipe);

/// Throws Error, which begins with the file, unless its net is what is to be trained, whatever the number of classes.
void require_same_net(const std::filesystem::path& path, ModelSpec found, const ModelSpec& expected);

/// Gives a net that is to learn these classes the weights and BN statistics of `initial_model`.
///
/// The last layer stays as the seed made it where the file is of another number of classes, or of others in name: what
/// was learnt of a class tells nothing of the one that has its place. Classes without names, as in files of other
/// programs, are taken to be the same. Returns what was done, as a sentence for a person.
///
/// Differs  The paper fine-tunes for detection alone, and so does not say what becomes of the last layer.
/// Throws   Error as `initial_model`, or if the file is of another net. The net is then unchanged.
std::string begin_with_weights(Classifier& model, const Recipe& recipe, const std::vector<std::string>& class_names);

}  // namespace resnet

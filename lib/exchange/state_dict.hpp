// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "exchange/safetensors.hpp"
#include "exchange/trained_model.hpp"

namespace resnet {

/// The net's parameters and BN statistics under torchvision's names, in the order of Python's state_dict: module by
/// module.
TensorFile state_dict(const Classifier& net);

/// Writes them as a file of torch.save, which takes its name once it was read back: equal nets give equal bytes.
///
///     net.load_state_dict(torch.load("net.pth", weights_only=True), strict=True)
///
/// Only the weights: what the net wants its images normalised by, its class names, where a bottleneck has its stride and
/// option A's padding are not in it.
///
/// Throws   Error if the file cannot be written.
void save_state_dict(const std::filesystem::path& path, const TrainedModel& model);

}  // namespace resnet

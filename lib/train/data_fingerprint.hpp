// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "dataset/image_set.hpp"

namespace resnet {

/// The data of a run: sixteen hexadecimal digits of the images trained on, a dash, sixteen of those evaluated on.
std::string data_fingerprint(const ImageSet& trained, const ImageSet& evaluated);

/// Throws Error unless `found`, which stands in this file of a run, is the fingerprint of the data at hand.
///
/// Early checkpoints hold the images trained on alone, and early results nothing: what they hold is compared.
void require_same_data(const std::filesystem::path& file, const std::string& found, const std::string& expected);

}  // namespace resnet

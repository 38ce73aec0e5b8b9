// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

namespace resnet {

/// The file of weights that a person means by this path: the path itself, or the `weights.safetensors` of a folder.
std::filesystem::path weights_path(const std::filesystem::path& path);

}  // namespace resnet

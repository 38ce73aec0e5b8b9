// SPDX-License-Identifier: MIT
#include "exchange/weights_path.hpp"

namespace resnet {

std::filesystem::path weights_path(const std::filesystem::path& path) {
  return std::filesystem::is_directory(path) ? path / "weights.safetensors" : path;
}

}  // namespace resnet

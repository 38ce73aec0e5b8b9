// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "exchange/safetensors.hpp"

namespace resnet {

/// Reads a file of weights, safetensors or torch.save, as a stranger's is read, and throws Error unless it holds
/// exactly these tensors, bit for bit, and these words beside them. `what` it is to become, the error says.
void require_holds(const std::filesystem::path& file, const TensorFile& content, const std::string& what);

/// Writes a safetensors file that takes its name once it was read back so.
///
/// Throws Error as safetensors_bytes and write_checked, and if it does not hold what it should.
void save_proved(const std::filesystem::path& file, const TensorFile& content);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace resnet {

/// The SHA-256 of these bytes as 64 hexadecimal digits.
std::string sha256(std::string_view bytes);

/// The SHA-256 of a file as 64 hexadecimal digits. Throws Error if it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace resnet

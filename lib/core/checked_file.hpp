// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace resnet {

/// Writes a file that takes its name only after it has passed a check, which reads it under another.
///
/// Creates missing parent folders. Throws Error if it cannot be written, and what the check throws; in either case an
/// old file stands unchanged, and nothing of the new one is left. What a process leaves here that is killed on the way,
/// `.<name>.<number>.unchecked`, is removed by one that writes here a day later.
void write_checked(const std::filesystem::path& path, std::string_view bytes,
                   const std::function<void(const std::filesystem::path&)>& check);

}  // namespace resnet

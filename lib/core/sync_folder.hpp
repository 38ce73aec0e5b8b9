// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

namespace resnet {

/// Waits until the names in this folder are on the disk: after a crash they stand as they do now. Some file systems
/// cannot do it to a folder, and then nothing is done.
void sync_folder(const std::filesystem::path& folder);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>

namespace resnet {

/// The memory that this process may use: the machine's, or less where a control group limits it, as a container's does.
///
/// The limits are those of the process's own group and of the groups above it, in either version of control groups. The
/// folders are the system's, but in tests; where they tell of no limit, there is none.
///
/// Units    Bytes.
std::size_t machine_memory(const std::filesystem::path& proc = "/proc",
                           const std::filesystem::path& groups = "/sys/fs/cgroup");

}  // namespace resnet

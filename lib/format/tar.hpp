// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace resnet {

inline constexpr std::size_t kTarHeader = 512;  ///< Bytes of what stands before each file in a tar.

/// Whether any reader may take the bytes for a tar: whether the checksum of its first header, in whatever way numbers
/// are written there, is right. Looks no further than that header.
bool is_tar(std::string_view bytes);

/// The files of a tar that has those of these names and no others; views of its bytes.
///
/// It is read strictly, lest another reader see other files in it: plain files, each under its name in the header
/// itself, and beside them only what says times and owners. What stands after the first empty block is nobody's.
///
/// Throws   Error, which begins with `what`, for anything else, and if it is cut off.
std::map<std::string_view, std::string_view> read_tar(std::string_view bytes, std::span<const std::string_view> names,
                                                      const std::string& what);

}  // namespace resnet

// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace resnet {

/// The names in a zip's directory, in the order in which their files stand in the zip.
///
/// Readers of zips look for the directory, and take names from it or from before the files, each in its own way. So
/// that all see the same, there is one way here: the directory stands right before the record that ends the file,
/// which says so.
///
/// Throws   Error, which begins with `what`, for anything else.
std::vector<std::string> names_in_directory(std::string_view zip, const std::string& what);

}  // namespace resnet

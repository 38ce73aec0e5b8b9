// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace resnet {

/// Throws Error, naming `where` it stands, for a name that is no UTF-8, holds a control character, begins with a byte
/// order mark, or is of blanks alone: names of files and classes go into messages, lists and JSON.
void check_name(std::string_view name, const std::string& where);

/// The names of classes, one a line, in a text or a file.
///
/// Throws   Error, naming `where` the text stands, or the file, and the line, for one that is empty or that check_name
///          refuses; and if the file cannot be read.
std::vector<std::string> class_names_in(const std::string& text, const std::string& where);
std::vector<std::string> read_class_names(const std::filesystem::path& file);

}  // namespace resnet

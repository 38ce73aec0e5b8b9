// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace resnet {

/// A Markdown table that is as readable as text as it is rendered: its columns are padded to one width.
///
/// A column below its header that holds only numbers, such as "8.75", "6.43 (6.61 ± 0.16)", "+0.2" or a lone "-", is
/// aligned to the right. A | in a cell is escaped and a line break becomes a space.
/// Throws Error for a row with another number of cells than the header.
std::string markdown_table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows);

/// How many characters of UTF-8 text there are, each taken to be one column wide.
std::size_t text_width(std::string_view text);

}  // namespace resnet

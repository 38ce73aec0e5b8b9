// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace resnet {

/// The files that the words of a command name, those of a folder in the order of their names.
///
/// Throws Error as read_unlabeled_photos. What is wrong with a file, who opens it says.
std::vector<std::string> image_files(const std::vector<std::string>& words);

}  // namespace resnet

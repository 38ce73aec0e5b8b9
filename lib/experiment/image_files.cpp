// SPDX-License-Identifier: MIT
#include "experiment/image_files.hpp"

#include <filesystem>
#include <system_error>

#include "dataset/photo_set.hpp"

namespace resnet {

std::vector<std::string> image_files(const std::vector<std::string>& words) {
  std::vector<std::string> files;
  std::error_code ignored;
  for (const std::string& word : words) {
    if (!std::filesystem::is_directory(word, ignored)) {
      files.push_back(word);
      continue;
    }
    const PhotoSet set = read_unlabeled_photos(word);
    for (std::int64_t i = 0; i < set.size(); ++i) files.push_back(set.path(i).string());
  }
  return files;
}

}  // namespace resnet

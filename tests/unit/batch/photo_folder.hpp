// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "core/file.hpp"
#include "dataset/photo_set.hpp"
#include "support/jpeg_bytes.hpp"
#include "support/temp_folder.hpp"

/// Twelve photographs of several sizes in three classes, on the disk.
class PhotoFolder {
 public:
  PhotoFolder() {
    for (std::int64_t i = 0; i < 12; ++i) {
      const auto name = "class" + std::to_string(i % 3) + "/" + std::to_string(i) + ".jpg";
      resnet::write_atomically(path() / name, jpeg_bytes::jpeg({.width = 40 + 7 * i, .height = 90 - 4 * i}));
    }
  }

  const std::filesystem::path& path() const { return folder_.path(); }
  resnet::PhotoSet set() const { return resnet::read_photo_set(path()); }

 private:
  TempFolder folder_;
};

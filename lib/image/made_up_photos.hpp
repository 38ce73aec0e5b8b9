// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace resnet {

/// Photographs that are none: for trying out what photographs are trained and tested on, without any.
struct MadeUpPhotos {
  std::int64_t classes = 10;
  std::int64_t train_images = 20;      ///< Of each class.
  std::int64_t validation_images = 5;  ///< Of each class.
  std::int64_t shorter_side = 96;      ///< Pixels; the longer one is up to half as long again.
  std::uint64_t seed = 0;
};

/// Makes a folder of JPEGs, `train/<class>/` and `val/<class>/`, that a small net learns in a few steps: a colour and a
/// direction of stripes for each class, at any place and size, with noise.
///
/// The same arguments give the same pixels before compression. A folder that they made before is left as it is; any
/// other content is replaced as a whole. A second process waits for the first, and says so by `on_wait`.
///
/// Throws Error if a number is below 1, the folder cannot be written, or it holds something that was not made up, and
/// if a stop is asked for while it waits.
void make_up_photos(
    const std::filesystem::path& folder, const MadeUpPhotos& photos,
    const std::function<void(const std::string&)>& on_wait = [](const std::string&) {});

}  // namespace resnet

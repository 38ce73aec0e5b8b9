// SPDX-License-Identifier: MIT
#include "exchange/recipe_sizes.hpp"

#include <charconv>
#include <cstdint>

#include "core/lines.hpp"

namespace resnet {

std::optional<PhotoSizes> photo_sizes_in(const std::string& ini) {
  const auto value = [&](const std::string& key) -> std::optional<std::int64_t> {
    const std::string begin = key + " = ";
    for (const std::string& line : lines_of(ini)) {
      std::int64_t read = 0;
      if (line.starts_with(begin) &&
          std::from_chars(line.data() + begin.size(), line.data() + line.size(), read).ec == std::errc()) {
        return read;
      }
    }
    return std::nullopt;
  };
  const auto crop = value("image-size");
  if (!crop || *crop < kLeastImageSize || *crop > kLargestImageSize) return std::nullopt;
  PhotoSizes sizes = photo_sizes(*crop);
  const auto side = value("test-side");
  if (side && *side >= *crop && *side <= kLargestImageSize) sizes.test_side = *side;
  return sizes;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "exchange/recipe_facts.hpp"

#include <cstdint>

#include "core/lines.hpp"
#include "core/number.hpp"

namespace resnet {

std::optional<std::string> value_in(const std::string& ini, const std::string& key) {
  const std::string begin = key + " = ";
  for (const std::string& line : lines_of(ini)) {
    if (line.starts_with(begin)) return line.substr(begin.size());
  }
  return std::nullopt;
}

namespace {

std::optional<std::int64_t> count_in(const std::string& ini, const std::string& key) {
  const auto text = value_in(ini, key);
  return text ? whole_number(*text) : std::nullopt;
}

}  // namespace

std::optional<PhotoSizes> photo_sizes_in(const std::string& ini) {
  const auto crop = count_in(ini, "image-size");
  if (!crop || *crop < kLeastImageSize || *crop > kLargestImageSize) return std::nullopt;
  PhotoSizes sizes = photo_sizes(*crop);
  const auto side = count_in(ini, "test-side");
  if (side && *side >= *crop && *side <= kLargestSide) sizes.test_side = *side;
  return sizes;
}

std::optional<Precision> precision_in(const std::string& ini) {
  const auto name = value_in(ini, "precision");
  for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16}) {
    if (name == precision_name(precision)) return precision;
  }
  return std::nullopt;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "image/png_chunks.hpp"

#include <algorithm>

#include "image/image_header.hpp"

namespace resnet {
namespace {

constexpr std::size_t kSignature = 8;
constexpr std::size_t kHead = 8;    // length and type
constexpr std::size_t kFrame = 12;  // the head, and the checksum behind the data

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

/// Whether a decoder need not know the type: its first letter is a small one. What is no type is left to the decoder.
bool is_left_out(std::string_view type) {
  return std::ranges::all_of(type, is_letter) && type[0] >= 'a' && type != "tRNS";
}

}  // namespace

std::string pixel_chunks(std::string_view png) {
  std::string kept(png.substr(0, kSignature));
  kept.reserve(png.size());
  for (std::string_view rest = png.substr(kept.size()); rest.size() >= kHead;) {
    const auto length = static_cast<std::size_t>(big_endian(rest.substr(0, 4)));
    const std::string_view type = rest.substr(4, 4);
    const std::string_view chunk = rest.substr(0, kFrame + length);  // less, where the file is cut short
    if (!is_left_out(type)) kept += chunk;
    if (type == "IEND") break;
    rest.remove_prefix(chunk.size());
  }
  return kept;
}

}  // namespace resnet

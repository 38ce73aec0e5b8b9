// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/crc32.hpp"

/// The parts of a PNG, to put together files that no encoder writes.
namespace png_bytes {

inline std::string number(std::uint32_t value) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xffU);
  return text;
}

inline std::string chunk(const std::string& type, const std::string& data) {
  const std::string summed = type + data;
  return number(static_cast<std::uint32_t>(data.size())) + summed + number(crc32(summed));
}

/// The PNG with more chunks behind IHDR, and others before IEND.
inline std::string with_chunks(const std::string& png, const std::string& first, const std::string& last = "") {
  constexpr std::size_t kFirst = 8 + 25;
  const std::size_t end = png.size() - 12;
  return png.substr(0, kFirst) + first + png.substr(kFirst, end - kFirst) + last + png.substr(end);
}

/// What stands in all IDATs: of a black image zeros, compressed.
inline std::string image_data(const std::string& png) {
  std::string data;
  for (std::size_t at = 8, length = 0; at + 8 <= png.size(); at += length + 12) {
    length = 0;
    for (std::size_t i = at; i < at + 4; ++i) length = length << 8 | static_cast<unsigned char>(png[i]);
    if (png.compare(at + 4, 4, "IDAT") == 0) data += png.substr(at + 8, length);
  }
  return data;
}

/// Chunks that say how a screen is to show the image, and who made it; texts and a profile are compressed.
inline std::vector<std::string> decorations(const std::string& compressed) {
  using namespace std::string_literals;
  return {chunk("gAMA", number(100'000)),
          chunk("cHRM", number(31'270) + number(32'900) + number(64'000) + number(33'000) +  //
                            number(30'000) + number(60'000) + number(15'000) + number(6'000)),
          chunk("iCCP", "profile\0\0"s + compressed),
          chunk("pHYs", number(2'835) + number(2'835) + "\1"s),
          chunk("tIME", "\x07\xe7\1\1\0\0\0"s),
          chunk("tEXt", "Title\0photo"s),
          chunk("zTXt", "Comment\0\0"s + compressed),
          chunk("iTXt", "Author\0\1\0\0\0"s + compressed)};
}

}  // namespace png_bytes

// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

/// An image file without loss, put together byte by byte: a BMP of 24 bits a pixel.
///
/// `pixel(y, x)` is R, G, B.
inline std::string bmp_bytes(int height, int width,
                             const std::function<std::array<std::uint8_t, 3>(int y, int x)>& pixel) {
  const auto number = [](std::uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xffU);
    return text;
  };
  std::string rows;
  for (int y = height - 1; y >= 0; --y) {  // from the lowest on, each filled up to four bytes
    for (int x = 0; x < width; ++x) {
      const auto [r, g, b] = pixel(y, x);
      for (const std::uint8_t channel : {b, g, r}) rows += static_cast<char>(channel);
    }
    rows.append(static_cast<std::size_t>(width % 4), '\0');
  }
  const auto size = [](auto value) { return static_cast<std::uint32_t>(value); };
  return "BM" + number(size(54 + rows.size()), 4) + number(0, 4) + number(54, 4) +          //
         number(40, 4) + number(size(width), 4) + number(size(height), 4) + number(1, 2) +  //
         number(24, 2) + number(0, 4) + number(size(rows.size()), 4) + number(2835, 4) + number(2835, 4) +
         number(0, 8) + rows;
}

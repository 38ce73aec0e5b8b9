// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/crc32.hpp"
#include "support/pickle_bytes.hpp"

/// Zips put together byte by byte, sound ones and others, from PKWARE's APPNOTE.
namespace zip_bytes {

using pickle_bytes::little_endian;

struct Entry {
  std::string name;
  std::string packed;
  std::uint16_t method = 0;  // 0 stored, 8 deflated
  std::optional<std::string> unpacked = std::nullopt;
  std::uint16_t flags = 0;

  /// What stands both before the bytes and in the directory: version, flags, method, time, date, checksum, sizes,
  /// names.
  std::string facts() const {
    const std::string& plain = unpacked ? *unpacked : packed;
    return little_endian(std::uint16_t{20}) + little_endian(flags) + little_endian(method) + std::string(4, '\0') +
           little_endian(crc32(plain)) + little_endian(static_cast<std::uint32_t>(packed.size())) +
           little_endian(static_cast<std::uint32_t>(plain.size())) +
           little_endian(static_cast<std::uint16_t>(name.size())) + little_endian(std::uint16_t{0});
  }
  std::string local() const { return "PK\x03\x04" + facts() + name + packed; }
  std::string central(std::size_t offset) const {
    return "PK\x01\x02" + little_endian(std::uint16_t{20}) + facts() + std::string(10, '\0') +
           little_endian(static_cast<std::uint32_t>(offset)) + name;
  }
};

inline std::string end_of(const std::string& directory, std::size_t offset, std::size_t count) {
  const auto entries = little_endian(static_cast<std::uint16_t>(count));
  return directory + "PK\x05\x06" + std::string(4, '\0') + entries + entries +
         little_endian(static_cast<std::uint32_t>(directory.size())) +
         little_endian(static_cast<std::uint32_t>(offset)) + std::string(2, '\0');
}

inline std::string zip(const std::vector<Entry>& entries) {
  std::string bytes;
  std::string directory;
  for (const Entry& entry : entries) {
    directory += entry.central(bytes.size());
    bytes += entry.local();
  }
  return bytes + end_of(directory, bytes.size(), entries.size());
}

/// So many entries, each of which has the next one, with its header, for its stored bytes; the last one has the data.
inline std::string nested(const std::string& data, int count) {
  std::vector<Entry> entries = {{"0", data}};
  for (int i = 1; i < count; ++i) entries.push_back({std::to_string(i), entries.back().local()});
  const std::string bytes = entries.back().local();
  std::string directory;
  for (const Entry& entry : entries) directory += entry.central(bytes.size() - entry.local().size());
  return bytes + end_of(directory, bytes.size(), entries.size());
}

/// Zeros in the fixed code of deflate: the literal 0, then copies of 258 bytes from one byte before.
inline std::string deflated_zeros(std::size_t count) {
  std::string bytes;
  int filled = 8;  // bits of the last byte
  const auto put = [&](unsigned code, int bits) {
    for (int i = 0; i < bits; ++i) {
      if (filled == 8) {
        bytes += '\0';
        filled = 0;
      }
      bytes.back() = static_cast<char>(static_cast<unsigned char>(bytes.back()) | ((code >> i & 1) << filled++));
    }
  };
  const auto literal_zero = [&] { put(0b00001100, 8); };  // Huffman codes are stored from their first bit on
  put(0b011, 3);                                          // the last block, of the fixed code
  literal_zero();
  std::size_t left = count - 1;
  for (; left >= 258; left -= 258) {
    put(0b10100011, 8);  // length 258: code 285, 11000101 from the first bit on
    put(0, 5);           // distance 1
  }
  for (; left > 0; --left) literal_zero();
  put(0, 7);  // the end
  return bytes;
}

}  // namespace zip_bytes

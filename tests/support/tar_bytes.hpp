// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "support/pickle_bytes.hpp"

/// Tars put together byte by byte, from POSIX's description of ustar and pax, and in them torch.save's first form, from
/// what PyTorch's torch/serialization.py (`legacy_load`) reads.
namespace tar_bytes {

using namespace std::string_literals;

struct Member {
  std::string name;
  std::string bytes;
  char kind = '0';
};

inline std::string padded(std::string text, std::size_t size) {
  text.resize(size, '\0');
  return text;
}

/// The header with its checksum put in.
inline std::string with_checksum(std::string header) {
  header.replace(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  return header.replace(148, 8, padded(fmt::format("{:06o}", sum), 7) + " ");
}

inline std::string header(const Member& member) {
  return with_checksum(padded(padded(member.name, 100) + "0000644\0"s + "0000000\0"s + "0000000\0"s +
                                  padded(fmt::format("{:011o}", member.bytes.size()), 12) + "00000000000\0"s +
                                  "        "s + member.kind + padded("", 100) + "ustar\0"s + "00",
                              512));
}

inline std::string tar(const std::vector<Member>& members) {
  std::string bytes;
  for (const Member& member : members) {
    bytes += header(member) + padded(member.bytes, (member.bytes.size() + 511) / 512 * 512);
  }
  return bytes + std::string(1024, '\0');
}

/// What stands before a file whose time has fractions of a second, as Python writes it.
inline Member facts(const std::string& key = "mtime") {
  const std::string fact = " " + key + "=1477777777.25\n";
  return {"././@PaxHeader", std::to_string(fact.size() + 2) + fact, 'x'};
}

/// One storage of four floats and one of a long; a part of the first; and four tensors in them.
inline std::vector<Member> first_form(const std::string& object, const std::string& numbers,
                                      const std::string& before_each_pickle = "") {
  using namespace pickle_bytes;
  const auto pickle = [&](const std::string& opcodes) { return whole(before_each_pickle + opcodes); };
  const auto storage = [&](std::int64_t key, const std::string& type, std::int64_t elements, std::size_t bytes) {
    return pickle(tuple({integer(key), text("cpu"), global("torch", type)})) + little_endian(elements) +
           numbers.substr(0, bytes);
  };
  const auto tensor = [&](std::int64_t key, std::int64_t of, const std::string& type,
                          const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides,
                          std::int64_t offset) {
    std::string bytes = pickle(tuple({integer(key), integer(of), global("torch", type)})) +
                        little_endian(static_cast<std::int64_t>(shape.size()));
    for (const auto& list : {shape, strides}) {
      for (const std::int64_t number : list) bytes += little_endian(number);
    }
    return bytes + little_endian(offset);
  };
  const std::string part = integers({13, 11, 1, 2});  // 13 is two elements of 11, from the second on
  return {{"sys_info", pickle(dict({{"protocol_version", integer(1000)}, {"little_endian", "\x88"s}}))},
          {"pickle", pickle(object)},
          {"tensors", pickle(integer(4)) + tensor(21, 11, "FloatTensor", {2, 2}, {2, 1}, 0) +
                          tensor(22, 11, "FloatTensor", {2, 2}, {1, 2}, 0) + tensor(23, 12, "LongTensor", {1}, {1}, 0) +
                          tensor(24, 13, "FloatTensor", {1}, {1}, 1)},
          {"storages", pickle(integer(2)) + storage(11, "FloatStorage", 4, 16) + storage(12, "LongStorage", 1, 8) +
                           pickle("](" + part + "e")}};
}

/// An object's name for one of those tensors.
inline std::string tensor_beside(int key) { return pickle_bytes::text(std::to_string(key)) + "Q"; }

}  // namespace tar_bytes

// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Pickles and files of torch.save, put together byte by byte from what Python's pickletools says of each opcode: for
/// tests of the readers, with no line of theirs.
namespace pickle_bytes {

using namespace std::string_literals;

template <typename T>
std::string little_endian(T number) {
  std::string bytes;
  for (std::size_t i = 0; i < sizeof number; ++i) {
    bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i) & 0xff);
  }
  return bytes;
}

/// A whole pickle of protocol 2.
inline std::string whole(const std::string& opcodes) { return "\x80\x02"s + opcodes + "."; }

inline std::string text(std::string_view text) {
  return "X" + little_endian(static_cast<std::uint32_t>(text.size())) + std::string(text);
}

inline std::string integer(std::int64_t number) { return "\x8a\x08"s + little_endian(number); }

inline std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}

inline std::string tuple(const std::vector<std::string>& items) {
  std::string bytes = "(";
  for (const std::string& item : items) bytes += item;
  return bytes + "t";
}

inline std::string integers(const std::vector<std::int64_t>& numbers) {
  std::string bytes = "(";
  for (const std::int64_t number : numbers) bytes += integer(number);
  return bytes + "t";
}

inline std::string call(const std::string& function, const std::vector<std::string>& arguments) {
  return function + tuple(arguments) + "R";
}

inline std::string dict(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string bytes = "}(";
  for (const auto& [key, value] : entries) bytes += text(key) + value;
  return bytes + "u";
}

inline std::string ordered_dict(const std::vector<std::pair<std::string, std::string>>& entries) {
  return global("collections", "OrderedDict") + ")R" + dict(entries).substr(1);
}

inline std::string storage(const std::string& type, const std::string& key, std::int64_t elements,
                           const std::string& view = "") {
  return tuple({text("storage"), global("torch", type), text(key), text("cpu"), integer(elements), view}) + "Q";
}

/// A tensor as PyTorch since 0.4 writes it.
inline std::string tensor(const std::string& storage, std::int64_t offset, const std::vector<std::int64_t>& shape,
                          const std::vector<std::int64_t>& strides) {
  return call(global("torch._utils", "_rebuild_tensor_v2"),
              {storage, integer(offset), integers(shape), integers(strides), "\x89"s, ordered_dict({})});
}

/// And as it was written before.
inline std::string early_tensor(const std::string& storage, std::int64_t offset, const std::vector<std::int64_t>& shape,
                                const std::vector<std::int64_t>& strides) {
  return call(global("torch._utils", "_rebuild_tensor"),
              {storage, integer(offset), integers(shape), integers(strides)});
}

inline std::string parameter(const std::string& tensor) {
  return call(global("torch._utils", "_rebuild_parameter"), {tensor, "\x88"s, ordered_dict({})});
}

struct StorageData {
  std::string key;
  std::int64_t elements;
  std::string bytes;
};

/// A file of torch.save before PyTorch 1.6, or with _use_new_zipfile_serialization=False. Before each of its five
/// pickles says what it is for, it runs the opcodes that stand at the pickle's place in `first`.
inline std::string old_file(const std::string& object, const std::vector<StorageData>& storages,
                            const std::array<std::string, 5>& first = {}) {
  std::string keys = "](";
  std::string data;
  for (const StorageData& storage : storages) {
    keys += text(storage.key);
    data += little_endian(storage.elements) + storage.bytes;
  }
  return whole(first[0] + "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"s) + whole(first[1] + "M\xe9\x03"s) +
         whole(first[2] + dict({{"protocol_version", integer(1001)}, {"little_endian", "\x88"s}})) +
         whole(first[3] + object) + whole(first[4] + keys + "e") + data;
}

}  // namespace pickle_bytes

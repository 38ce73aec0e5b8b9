// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace resnet {

/// What a Python pickle describes, as plain data: nothing is imported, called or built.
///
/// A pickle is a program for a stack machine that, in Python, may call anything. Here a call is a value that says what
/// would be called with what. Values name each other by their place in `values`, so one may be part of many others, and
/// even of itself: whoever walks them bounds the walk. Texts and bytes are views of the file.
struct Pickle {
  using Index = std::uint32_t;

  struct None {};
  struct BigInteger {
    std::string_view bytes;  ///< Little-endian, in two's complement, more than 8 of them.
  };
  struct Text {
    std::string_view text;
  };
  struct Bytes {
    std::string_view bytes;
  };
  struct Tuple {
    std::vector<Index> items;
  };
  struct List {  // or a set
    std::vector<Index> items;
  };
  struct Dict {
    std::vector<std::pair<Index, Index>> entries;  ///< Keys and values in the order set; a key may stand there twice.
  };
  struct Global {
    std::string_view module;
    std::string_view name;
  };
  /// What a call of `function` would return: an object with a state and, if it is a kind of dict, entries.
  ///
  /// Items appended to it are not kept: nothing that holds weights has any.
  struct Object {
    Index function;
    Index arguments;  ///< A tuple.
    std::optional<Index> state;
    std::vector<std::pair<Index, Index>> entries;
  };
  /// Something that lies outside the pickle, such as a storage of torch.save.
  struct PersistentId {
    Index id;
  };
  using Value = std::variant<None, bool, std::int64_t, BigInteger, double, Text, Bytes, Tuple, List, Dict, Global,
                             Object, PersistentId>;

  std::vector<Value> values;  ///< All that were made, in that order, also those that the root does not reach.
  Index root = 0;
  std::size_t size = 0;  ///< Bytes that it took; more may follow it in the file.

  /// The value if it is of this type, else null.
  template <typename T>
  const T* get(Index index) const {
    return std::get_if<T>(&values[index]);
  }
};

/// Reads the pickle at the start of the bytes: protocol 0 to 5.
///
/// Of n bytes its memory is linear and its time at most n log n; and there are at most 4 million values, and as many
/// places on its stack, marks and memorised values: a file of weights, whose numbers lie outside its pickle, has a
/// dozen values for each tensor.
///
/// Throws   Error, which begins with `what` and names the byte, if it ends early, misuses the stack, has an opcode that
///          needs anything from outside (registered extensions, buffers), a text of protocol 0 with escapes, or what
///          Python writes for nothing that holds weights: a call with keyword arguments, a second state of an object.
Pickle read_pickle(std::string_view bytes, const std::string& what);

}  // namespace resnet

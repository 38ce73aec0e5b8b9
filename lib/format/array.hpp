// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resnet {

/// The kinds of numbers that files of weights hold; all little-endian.
enum class Dtype { kFloat32, kFloat64, kFloat16, kBFloat16, kInt64, kInt32, kInt16, kInt8, kUInt8, kBool };

/// Bytes of one number.
std::int64_t byte_size(Dtype dtype);

/// As Python says it: "float32".
std::string_view dtype_name(Dtype dtype);

/// An array of a file, under its name there: a view, which lives no longer than the bytes that it was read from.
///
/// Element i, j, ... stands at bytes[(i * strides[0] + j * strides[1] + ...) * byte_size(dtype)]. Its bytes begin at
/// its first element and end after its last; they are those of the file, and aligned to nothing.
struct NamedArray {
  std::string name;
  Dtype dtype;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  ///< In elements, none negative.
  std::string_view bytes;
};

/// More than any weight has; without a bound, many arrays could share one long shape that costs the file little.
constexpr std::size_t kMostDimensions = 16;

/// The bytes of a dense array of this shape, or nothing if there can be no such array: a negative extent, too many
/// dimensions, or an overflow, where an extent of 0 counts as 1, since strides are computed so.
std::optional<std::int64_t> dense_byte_count(const std::vector<std::int64_t>& shape, Dtype dtype);

/// The strides of a dense array, last dimension innermost.
std::vector<std::int64_t> dense_strides(const std::vector<std::int64_t>& shape);

/// The part of a storage, as LibTorch calls a block of numbers, that an array looks into.
///
/// Throws   Error, which begins with `where`, unless every element lies inside the storage; or if the array has more
///          elements than the storage, as one repeated by a stride of 0: to copy it would take what no file paid for.
std::string_view array_bytes(const std::string& where, std::string_view storage, Dtype dtype, std::int64_t offset,
                             const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides);

}  // namespace resnet

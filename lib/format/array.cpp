// SPDX-License-Identifier: MIT
#include "format/array.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "core/error.hpp"

namespace resnet {
namespace {

static_assert(std::endian::native == std::endian::little, "the numbers of a file are taken as they stand");

struct DtypeFacts {
  std::int64_t bytes;
  std::string_view name;
};

// In the order of the enumeration.
constexpr std::array<DtypeFacts, 10> kFacts = {{{4, "float32"},
                                                {8, "float64"},
                                                {2, "float16"},
                                                {2, "bfloat16"},
                                                {8, "int64"},
                                                {4, "int32"},
                                                {2, "int16"},
                                                {1, "int8"},
                                                {1, "uint8"},
                                                {1, "bool"}}};

const DtypeFacts& facts(Dtype dtype) { return kFacts.at(static_cast<std::size_t>(dtype)); }

bool is_negative(std::int64_t number) { return number < 0; }

/// The place of the last element, counted from the storage's start, or nothing if it overflows.
std::optional<std::int64_t> last_element(std::int64_t offset, const std::vector<std::int64_t>& shape,
                                         const std::vector<std::int64_t>& strides) {
  std::int64_t last = offset;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    std::int64_t step = 0;
    if (__builtin_mul_overflow(shape[i] - 1, strides[i], &step) || __builtin_add_overflow(last, step, &last)) {
      return std::nullopt;
    }
  }
  return last;
}

}  // namespace

std::int64_t byte_size(Dtype dtype) { return facts(dtype).bytes; }

std::string_view dtype_name(Dtype dtype) { return facts(dtype).name; }

std::optional<std::int64_t> dense_byte_count(const std::vector<std::int64_t>& shape, Dtype dtype) {
  if (shape.size() > kMostDimensions || std::ranges::any_of(shape, is_negative)) return std::nullopt;
  std::int64_t bytes = byte_size(dtype);
  for (const std::int64_t extent : shape) {
    if (__builtin_mul_overflow(bytes, std::max<std::int64_t>(extent, 1), &bytes)) return std::nullopt;
  }
  return std::ranges::find(shape, 0) == shape.end() ? bytes : 0;
}

std::vector<std::int64_t> dense_strides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * std::max<std::int64_t>(shape[i], 1);
  return strides;
}

std::string_view array_bytes(const std::string& where, std::string_view storage, Dtype dtype, std::int64_t offset,
                             const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides) {
  const auto bytes = dense_byte_count(shape, dtype);
  require(
      bytes.has_value() && shape.size() == strides.size() && offset >= 0 && std::ranges::none_of(strides, is_negative),
      "{}: its shape, strides and offset are impossible", where);
  if (*bytes == 0) return {};
  require(static_cast<std::uint64_t>(*bytes) <= storage.size(), "{}: has {} bytes, but its storage has only {}", where,
          *bytes, storage.size());
  const auto elements = static_cast<std::int64_t>(storage.size()) / byte_size(dtype);
  const auto last = last_element(offset, shape, strides);
  require(last.has_value() && *last < elements, "{}: reaches beyond its storage of {} elements", where, elements);
  return storage.substr(static_cast<std::size_t>(offset * byte_size(dtype)),
                        static_cast<std::size_t>((*last - offset + 1) * byte_size(dtype)));
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "format/array.hpp"

#include <limits>

#include "core/error.hpp"
#include "core/shown.hpp"
#include "support/catch.hpp"

namespace resnet {
namespace {

using Numbers = std::vector<std::int64_t>;

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
const std::string kStorage(24 * 4, 'x');  // 24 numbers of float32

std::string_view bytes(std::int64_t offset, const Numbers& shape, const Numbers& strides) {
  return array_bytes("a", kStorage, Dtype::kFloat32, offset, shape, strides);
}

bool is_refused(std::int64_t offset, const Numbers& shape, const Numbers& strides) {
  try {
    bytes(offset, shape, strides);
  } catch (const Error&) {
    return true;
  }
  return false;
}

TEST_CASE("an array takes the bytes from its first element to its last") {
  CHECK(bytes(0, {2, 3, 4}, {12, 4, 1}) == kStorage);
  const std::string_view column = bytes(1, {6}, {4});  // elements 1, 5, ..., 21
  CHECK(column.data() == kStorage.data() + 4);
  CHECK(column.size() == 21 * 4);
  CHECK(bytes(23, {}, {}).size() == 4);
  CHECK(bytes(24, {0, 7}, {7, 1}).empty());
}

TEST_CASE("an array that reaches one element too far is refused") {
  CHECK_FALSE(is_refused(0, {24}, {1}));
  CHECK(is_refused(1, {24}, {1}));
  CHECK(is_refused(0, {25}, {1}));
  CHECK_FALSE(is_refused(3, {6}, {4}));
  CHECK(is_refused(4, {6}, {4}));
  CHECK(is_refused(24, {}, {}));
}

TEST_CASE("negative, overflowing and repeated extents are refused") {
  CHECK(is_refused(-1, {1}, {1}));
  CHECK(is_refused(0, {-1}, {1}));
  CHECK(is_refused(0, {2}, {-1}));
  CHECK(is_refused(0, {2, 2}, {1}));
  CHECK(is_refused(kHuge, {2}, {1}));
  CHECK(is_refused(0, {2}, {kHuge}));
  CHECK(is_refused(0, {2, 2}, {kHuge, kHuge}));
  CHECK(is_refused(0, {kHuge}, {0}));
  CHECK(is_refused(0, {1LL << 32, 1LL << 32}, {0, 0}));
  CHECK(is_refused(0, {25}, {0}));  // a stride of 0 would make more of the storage than it has
  CHECK(is_refused(0, Numbers(17, 1), Numbers(17, 1)));
}

TEST_CASE("a dense array's strides and bytes are those of NumPy") {
  CHECK(dense_strides({2, 3, 4}) == Numbers{12, 4, 1});
  CHECK(dense_strides({2, 0, 4}) == Numbers{4, 4, 1});
  CHECK(dense_strides({}).empty());
  CHECK(dense_byte_count({2, 3, 4}, Dtype::kFloat16) == 48);
  CHECK(dense_byte_count({}, Dtype::kInt64) == 8);
  CHECK(dense_byte_count({3, 0}, Dtype::kInt64) == 0);
  CHECK_FALSE(dense_byte_count({0, 1LL << 62, 4}, Dtype::kInt64).has_value());
  CHECK_FALSE(dense_byte_count({1LL << 60}, Dtype::kInt64).has_value());
}

TEST_CASE("a text from a file is cut and cleaned before it is shown") {
  CHECK(shown("conv1.weight") == "conv1.weight");
  CHECK(shown("a\n\x1b[2J\xff") == "a??[2J?");
  CHECK(shown(std::string(1000, 'x')) == std::string(100, 'x') + "...");
}

}  // namespace
}  // namespace resnet

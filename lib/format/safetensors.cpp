// SPDX-License-Identifier: MIT
#include "format/safetensors.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/shown.hpp"
#include "core/utf8.hpp"

// The format: 8 bytes with the length of a JSON header, the header, then the tensors' bytes.
//   {"name": {"dtype": "F32", "shape": [16, 3, 3, 3], "data_offsets": [0, 1728]}, ..., "__metadata__": {"key": "text"}}

namespace resnet {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kLargestHeader = 100'000'000;  // as the format's own library has it

struct DtypeCode {
  std::string_view code;
  Dtype dtype;
};

constexpr std::array<DtypeCode, 10> kDtypeCodes = {{{"F32", Dtype::kFloat32},
                                                    {"F64", Dtype::kFloat64},
                                                    {"F16", Dtype::kFloat16},
                                                    {"BF16", Dtype::kBFloat16},
                                                    {"I64", Dtype::kInt64},
                                                    {"I32", Dtype::kInt32},
                                                    {"I16", Dtype::kInt16},
                                                    {"I8", Dtype::kInt8},
                                                    {"U8", Dtype::kUInt8},
                                                    {"BOOL", Dtype::kBool}}};

/// The part of the file's data that a tensor takes.
struct Range {
  std::uint64_t start;
  std::uint64_t end;
};

/// The whole numbers of a JSON array; nlohmann's get() would round fractions and count `true` as 1.
template <typename T>
std::vector<T> whole_numbers(const std::string& where, const Json& array) {
  require(array.is_array() && std::all_of(array.begin(), array.end(),
                                          [](const Json& number) {
                                            return number.is_number_unsigned() &&
                                                   std::in_range<T>(number.get<std::uint64_t>());
                                          }),
          "{}: its shape and offsets are not arrays of whole numbers", where);
  return array.get<std::vector<T>>();
}

NamedArray read_array(const std::string& what, const std::string& name, const Json& entry, std::string_view data,
                      Range& range) {
  const std::string where = what + ": '" + shown(name) + "'";
  const auto& code = entry.at("dtype").get_ref<const std::string&>();
  const auto known = std::ranges::find(kDtypeCodes, code, &DtypeCode::code);
  require(known != kDtypeCodes.end(), "{}: the dtype '{}' is unknown", where, shown(code));
  const auto shape = whole_numbers<std::int64_t>(where, entry.at("shape"));
  const auto offsets = whole_numbers<std::uint64_t>(where, entry.at("data_offsets"));
  const auto bytes = dense_byte_count(shape, known->dtype);
  require(bytes.has_value(), "{}: the shape is impossible", where);
  require(offsets.size() == 2 && offsets[0] <= offsets[1] && offsets[1] <= data.size() &&
              offsets[1] - offsets[0] == static_cast<std::uint64_t>(*bytes),
          "{}: the offsets do not fit the shape and the file", where);
  range = {offsets[0], offsets[1]};
  return {name, known->dtype, shape, dense_strides(shape), data.substr(range.start, range.end - range.start)};
}

/// Whether the ranges take every byte of the data, and each once.
bool covers(std::vector<Range> ranges, std::uint64_t size) {
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return std::tie(a.start, a.end) < std::tie(b.start, b.end); });
  std::uint64_t end = 0;
  for (const Range& range : ranges) {
    if (range.start != end) return false;
    end = range.end;
  }
  return end == size;
}

}  // namespace

Safetensors read_safetensors(std::string_view bytes, const std::string& what) {
  require(bytes.size() >= kLengthBytes, "{}: is not a safetensors file: it has {} bytes", what, bytes.size());
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  require(length <= std::min(bytes.size() - kLengthBytes, kLargestHeader),
          "{}: is not a safetensors file, or is cut off: its header would have {} bytes", what, length);
  const std::string_view data = bytes.substr(kLengthBytes + length);
  const Json header = parse_large_json(bytes.substr(kLengthBytes, length));
  require(header.is_object(), "{}: is not a safetensors file: its header is not a JSON object", what);

  Safetensors content;
  std::vector<Range> ranges;
  try {
    for (const auto& [key, entry] : header.items()) {
      if (key == "__metadata__") {
        content.metadata = entry.get<std::map<std::string, std::string>>();
      } else {
        content.arrays.push_back(read_array(what, key, entry, data, ranges.emplace_back()));
      }
    }
  } catch (const Json::exception& error) {
    fail("{}: is not a safetensors file: {}", what, error.what());
  }
  // The header's order is now that of the names; the file's own is that of the bytes.
  std::ranges::stable_sort(content.arrays, std::less<>(), [](const NamedArray& array) {
    return std::pair(array.bytes.data(), array.bytes.size());  // one without bytes lies before what follows it
  });
  require(covers(ranges, data.size()),
          "{}: is not a safetensors file, or is cut off: its tensors do not take each of its {} bytes of data once",
          what, data.size());
  return content;
}

std::string write_safetensors(const Safetensors& content, const std::string& what) {
  const auto require_utf8 = [&](const std::string& text, const std::string& name) {
    require(is_utf8(text), "{}: the name '{}' or what stands under it is not UTF-8, which the format needs; rename it",
            what, shown(name));
  };
  for (const auto& [key, text] : content.metadata) {
    require_utf8(key, key);
    require_utf8(text, key);
  }
  for (const NamedArray& array : content.arrays) require_utf8(array.name, array.name);
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  std::size_t end = 0;
  for (const NamedArray& array : content.arrays) {
    const std::size_t start = end;
    end += array.bytes.size();
    const auto code = std::ranges::find(kDtypeCodes, array.dtype, &DtypeCode::dtype)->code;
    header[array.name] = {{"dtype", code}, {"shape", array.shape}, {"data_offsets", {start, end}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // keeps the tensors aligned for readers that map the file
  require(text.size() <= kLargestHeader,
          "{}: its header would have {} bytes, and no reader takes one of more than {}; put fewer names into one file",
          what, text.size(), kLargestHeader);
  const std::uint64_t length = text.size();
  std::string bytes(reinterpret_cast<const char*>(&length), kLengthBytes);
  bytes.reserve(kLengthBytes + text.size() + end);
  bytes += text;
  for (const NamedArray& array : content.arrays) bytes += array.bytes;
  return bytes;
}

}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "exchange/safetensors.hpp"

#include <c10/core/ScalarType.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"

// The format: 8 bytes with the length of a JSON header, the header, then the tensors' bytes.
//   {"name": {"dtype": "F32", "shape": [16, 3, 3, 3], "data_offsets": [0, 1728]}, ..., "__metadata__": {"key": "text"}}

namespace resnet {
namespace {

using Json = nlohmann::ordered_json;

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kLargestHeader = 16 << 20;

struct Dtype {
  const char* name;
  torch::ScalarType type;
};

constexpr std::array<Dtype, 10> kDtypes = {{{"F32", torch::kFloat},
                                            {"F64", torch::kDouble},
                                            {"F16", torch::kHalf},
                                            {"BF16", torch::kBFloat16},
                                            {"I64", torch::kLong},
                                            {"I32", torch::kInt},
                                            {"I16", torch::kShort},
                                            {"I8", torch::kChar},
                                            {"U8", torch::kByte},
                                            {"BOOL", torch::kBool}}};

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

/// The bytes of a tensor of this shape, or nothing if its strides, which LibTorch computes as if 0 were 1, overflow.
std::optional<std::uint64_t> byte_count(const std::vector<std::int64_t>& shape, torch::ScalarType type) {
  auto bytes = static_cast<std::int64_t>(c10::elementSize(type));
  for (const std::int64_t extent : shape) {
    if (__builtin_mul_overflow(bytes, std::max<std::int64_t>(extent, 1), &bytes)) return std::nullopt;
  }
  return std::find(shape.begin(), shape.end(), 0) == shape.end() ? static_cast<std::uint64_t>(bytes) : 0;
}

torch::Tensor read_tensor(const std::string& where, const Json& entry, std::string_view data, Range& range) {
  const std::string dtype = entry.at("dtype").get<std::string>();
  const auto known = std::find_if(kDtypes.begin(), kDtypes.end(), [&](const Dtype& d) { return dtype == d.name; });
  require(known != kDtypes.end(), "{}: the dtype '{}' is unknown", where, dtype);
  const auto shape = whole_numbers<std::int64_t>(where, entry.at("shape"));
  const auto offsets = whole_numbers<std::uint64_t>(where, entry.at("data_offsets"));
  const auto bytes = byte_count(shape, known->type);
  require(bytes.has_value(), "{}: the shape is impossible", where);
  require(
      offsets.size() == 2 && offsets[0] <= offsets[1] && offsets[1] <= data.size() && offsets[1] - offsets[0] == *bytes,
      "{}: the offsets do not fit the shape and the file", where);
  range = {offsets[0], offsets[1]};
  torch::Tensor tensor = torch::empty(shape, known->type);
  if (*bytes > 0) std::memcpy(tensor.data_ptr(), data.data() + range.start, *bytes);
  return tensor;
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

const torch::Tensor* TensorFile::find(std::string_view name) const {
  const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& item) { return item.first == name; });
  return found == tensors.end() ? nullptr : &found->second;
}

void save_safetensors(const std::filesystem::path& path, const TensorFile& content) {
  Json header = Json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  std::string data;
  for (const auto& [name, tensor] : content.tensors) {
    const torch::Tensor plain = tensor.detach().cpu().contiguous();
    const auto known =
        std::find_if(kDtypes.begin(), kDtypes.end(), [&](const Dtype& d) { return plain.scalar_type() == d.type; });
    require(known != kDtypes.end(), "{}: the dtype of '{}' is not one that safetensors has", path.string(), name);
    const std::size_t start = data.size();
    data.append(static_cast<const char*>(plain.const_data_ptr()), plain.nbytes());
    header[name] = {{"dtype", known->name}, {"shape", plain.sizes().vec()}, {"data_offsets", {start, data.size()}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // keeps the tensors aligned for readers that map the file
  const std::uint64_t length = text.size();
  std::string bytes(reinterpret_cast<const char*>(&length), kLengthBytes);
  write_atomically(path, bytes + text + data);
}

TensorFile load_safetensors(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  const std::string name = path.string();
  require(bytes.size() >= kLengthBytes, "{}: is not a safetensors file: it has {} bytes", name, bytes.size());
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  require(length <= std::min(bytes.size() - kLengthBytes, kLargestHeader),
          "{}: is not a safetensors file, or is cut off: its header would have {} bytes", name, length);
  const auto text = std::string_view(bytes).substr(kLengthBytes, length);
  const auto data = std::string_view(bytes).substr(kLengthBytes + length);
  const Json header = parse_json(text);
  require(header.is_object(), "{}: is not a safetensors file: its header is not a JSON object", name);

  TensorFile content;
  std::vector<Range> ranges;
  try {
    for (const auto& [key, entry] : header.items()) {
      if (key == "__metadata__") {
        content.metadata = entry.get<std::map<std::string, std::string>>();
      } else {
        content.tensors.emplace_back(key, read_tensor(name + ": '" + key + "'", entry, data, ranges.emplace_back()));
      }
    }
  } catch (const Json::exception& error) {
    fail("{}: is not a safetensors file: {}", name, error.what());
  }
  require(covers(ranges, data.size()),
          "{}: is not a safetensors file, or is cut off: its tensors do not take each of its {} bytes of data once",
          name, data.size());
  return content;
}

}  // namespace resnet

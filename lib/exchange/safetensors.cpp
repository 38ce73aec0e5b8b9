// SPDX-License-Identifier: MIT
#include "exchange/safetensors.hpp"

#include <c10/core/ScalarType.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/file.hpp"

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

/// The bytes of a tensor of this shape, or nothing if the product overflows or an extent is negative.
bool byte_count(const std::vector<std::int64_t>& shape, torch::ScalarType type, std::uint64_t& bytes) {
  bytes = c10::elementSize(type);
  return std::none_of(shape.begin(), shape.end(), [&](std::int64_t extent) {
    return extent < 0 || __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(extent), &bytes);
  });
}

torch::Tensor read_tensor(const std::string& where, const Json& entry, std::string_view data) {
  const std::string dtype = entry.at("dtype").get<std::string>();
  const auto known = std::find_if(kDtypes.begin(), kDtypes.end(), [&](const Dtype& d) { return dtype == d.name; });
  require(known != kDtypes.end(), "{}: the dtype '{}' is unknown", where, dtype);
  const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
  const auto offsets = entry.at("data_offsets").get<std::vector<std::uint64_t>>();
  std::uint64_t bytes = 0;
  require(byte_count(shape, known->type, bytes), "{}: the shape is impossible", where);
  require(offsets.size() == 2 && offsets[0] <= offsets[1] && offsets[1] <= data.size() &&
              offsets[1] - offsets[0] == bytes,
          "{}: the offsets do not fit the shape and the file", where);
  torch::Tensor tensor = torch::empty(shape, known->type);
  if (bytes > 0) std::memcpy(tensor.data_ptr(), data.data() + offsets[0], bytes);
  return tensor;
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
  const Json header = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  require(header.is_object(), "{}: is not a safetensors file: its header is not a JSON object", name);

  TensorFile content;
  try {
    for (const auto& [key, entry] : header.items()) {
      if (key == "__metadata__") {
        content.metadata = entry.get<std::map<std::string, std::string>>();
      } else {
        content.tensors.emplace_back(key, read_tensor(name + ": '" + key + "'", entry, data));
      }
    }
  } catch (const Json::exception& error) {
    fail("{}: is not a safetensors file: {}", name, error.what());
  }
  return content;
}

}  // namespace resnet

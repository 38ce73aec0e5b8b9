// SPDX-License-Identifier: MIT
#include "exchange/array_tensor.hpp"

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace resnet {
namespace {

struct DtypePair {
  Dtype ours;
  torch::ScalarType theirs;
};

constexpr std::array<DtypePair, 10> kDtypes = {{{Dtype::kFloat32, torch::kFloat},
                                                {Dtype::kFloat64, torch::kDouble},
                                                {Dtype::kFloat16, torch::kHalf},
                                                {Dtype::kBFloat16, torch::kBFloat16},
                                                {Dtype::kInt64, torch::kLong},
                                                {Dtype::kInt32, torch::kInt},
                                                {Dtype::kInt16, torch::kShort},
                                                {Dtype::kInt8, torch::kChar},
                                                {Dtype::kUInt8, torch::kByte},
                                                {Dtype::kBool, torch::kBool}}};

torch::ScalarType scalar_type(Dtype dtype) { return std::ranges::find(kDtypes, dtype, &DtypePair::ours)->theirs; }

}  // namespace

at::Tensor to_tensor(const NamedArray& array) {
  // A C++ bool has no other values than 0 and 1, a file may.
  const bool is_bool = array.dtype == Dtype::kBool;
  const auto type = is_bool ? torch::kByte : scalar_type(array.dtype);
  if (array.bytes.empty()) return torch::empty(array.shape, scalar_type(array.dtype));
  // Copied before it is looked at as numbers, which want to be aligned.
  const auto elements = static_cast<std::int64_t>(array.bytes.size()) / byte_size(array.dtype);
  const torch::Tensor viewed = torch::empty({elements}, type);
  std::memcpy(viewed.data_ptr(), array.bytes.data(), array.bytes.size());
  const torch::Tensor dense = viewed.as_strided(array.shape, array.strides).contiguous();
  return is_bool ? dense.ne(0) : dense;
}

std::optional<Dtype> dtype_of(const at::Tensor& tensor) {
  const auto found = std::ranges::find(kDtypes, tensor.scalar_type(), &DtypePair::theirs);
  return found != kDtypes.end() ? std::optional(found->ours) : std::nullopt;
}

NamedArray to_array(const std::string& name, const at::Tensor& tensor) {
  const std::vector<std::int64_t> shape = tensor.sizes().vec();
  return {name, dtype_of(tensor).value(), shape, dense_strides(shape),
          std::string_view(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes())};
}

}  // namespace resnet

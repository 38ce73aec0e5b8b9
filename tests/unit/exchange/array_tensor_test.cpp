// SPDX-License-Identifier: MIT
#include "exchange/array_tensor.hpp"

#include <torch/types.h>

#include "support/catch.hpp"

namespace resnet {
namespace {

TEST_CASE("an array of a file, wherever its bytes lie and whatever its strides, becomes a dense tensor") {
  const torch::Tensor numbers = torch::arange(24, torch::kFloat);
  // One byte off: a file's numbers are aligned to nothing.
  std::string bytes = "x";
  bytes.append(static_cast<const char*>(numbers.const_data_ptr()), numbers.nbytes());
  const NamedArray array{"a", Dtype::kFloat32, {3, 2}, {1, 12}, std::string_view(bytes).substr(1, 15 * 4)};
  const torch::Tensor tensor = to_tensor(array);
  CHECK(tensor.is_contiguous());
  CHECK(torch::equal(tensor, numbers.as_strided({3, 2}, {1, 12})));
  bytes.assign(bytes.size(), 'x');
  CHECK(torch::equal(tensor, numbers.as_strided({3, 2}, {1, 12})));  // a copy
}

TEST_CASE("a bool of a file is true unless its byte is 0") {
  const torch::Tensor tensor = to_tensor({"a", Dtype::kBool, {4}, {1}, std::string_view("\x00\x01\x02\xff", 4)});
  CHECK(torch::equal(tensor, torch::tensor({false, true, true, true})));
}

TEST_CASE("a tensor goes into an array and back") {
  for (const torch::Tensor& tensor :
       {torch::arange(6, torch::kShort).view({2, 3}), torch::tensor(true), torch::zeros({0, 3}, torch::kBFloat16)}) {
    const NamedArray array = to_array("a", tensor);
    CHECK(array.shape == tensor.sizes().vec());
    const torch::Tensor back = to_tensor(array);
    CHECK(back.scalar_type() == tensor.scalar_type());
    CHECK(torch::equal(back, tensor));
  }
  CHECK_FALSE(dtype_of(torch::zeros({1}, torch::kComplexFloat)).has_value());
}

}  // namespace
}  // namespace resnet

// SPDX-License-Identifier: MIT
#include "tensor/precision.hpp"

#include <ATen/ATen.h>

#include <optional>

#include "core/error.hpp"
#include "support/catch.hpp"

namespace resnet {
namespace {

c10::ScalarType type_of_convolution() {
  return at::conv2d(at::ones({1, 3, 8, 8}), at::ones({4, 3, 3, 3})).scalar_type();
}

TEST_CASE("convolutions compute in the precision of the scope, and afterwards as before") {
  CHECK(type_of_convolution() == at::kFloat);
  {
    const PrecisionScope scope(Precision::kBFloat16, at::kCPU);
    CHECK(type_of_convolution() == at::kBFloat16);
    {
      const PrecisionScope inner(Precision::kFloat32, at::kCPU);
      CHECK(type_of_convolution() == at::kFloat);
    }
    CHECK(type_of_convolution() == at::kBFloat16);
  }
  CHECK(type_of_convolution() == at::kFloat);
}

TEST_CASE("a weight that changes between two scopes is the changed one in the second, within another scope too") {
  const bool is_within = GENERATE(false, true);
  CAPTURE(is_within);
  std::optional<PrecisionScope> outer;
  if (is_within) outer.emplace(Precision::kBFloat16, at::kCPU);
  const at::Tensor weight = at::ones({1, 1, 1, 1}).requires_grad_();
  const auto product = [&] {
    const PrecisionScope scope(Precision::kBFloat16, at::kCPU);
    return at::conv2d(at::ones({1, 1, 1, 1}), weight).item<float>();
  };
  CHECK(product() == 1);
  weight.data().fill_(2);
  CHECK(product() == 2);
}

TEST_CASE("a scope within another does not take what that one made of a weight before it changed") {
  const PrecisionScope outer(Precision::kBFloat16, at::kCPU);
  const at::Tensor weight = at::ones({1, 1, 1, 1}).requires_grad_();
  CHECK(at::conv2d(at::ones({1, 1, 1, 1}), weight).item<float>() == 1);
  weight.data().fill_(2);
  const PrecisionScope inner(Precision::kBFloat16, at::kCPU);
  CHECK(at::conv2d(at::ones({1, 1, 1, 1}), weight).item<float>() == 2);
}

TEST_CASE("precisions have names, and other words are refused") {
  for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16}) {
    CHECK(parse_precision(precision_name(precision)) == precision);
  }
  CHECK_THROWS_WITH(parse_precision("fp16"), Catch::Contains("'fp16'") && Catch::Contains("bf16"));
}

}  // namespace
}  // namespace resnet

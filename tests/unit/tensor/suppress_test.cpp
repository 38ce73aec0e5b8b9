// SPDX-License-Identifier: MIT
#include "tensor/suppress.hpp"

#include <torch/types.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"

using namespace resnet;
using torch::Tensor;
using Indices = std::vector<std::int64_t>;

namespace {

// Two objects, each with two boxes that overlap by 0.8.
Tensor two_pairs() {
  return torch::tensor({{0, 0, 10, 8}, {0, 0, 10, 10}, {50, 0, 60, 10}, {50, 0, 60, 8}}, at::kFloat);
}

Indices kept(const Tensor& boxes, const Tensor& scores, double overlap, std::int64_t most = 100) {
  const Tensor indices = suppress(boxes, scores, overlap, most);
  CHECK(indices.scalar_type() == at::kLong);
  REQUIRE(indices.dim() == 1);
  return {indices.const_data_ptr<std::int64_t>(), indices.const_data_ptr<std::int64_t>() + indices.numel()};
}

}  // namespace

TEST_CASE("suppression keeps the best box of each object, the best score first (Section 4.3)") {
  const Tensor scores = torch::tensor({0.2, 0.4, 0.3, 0.9});
  CHECK(kept(two_pairs(), scores, 0.5) == Indices{3, 1});
  CHECK(kept(two_pairs(), scores, 0.5, 1) == Indices{3});
  CHECK(kept(two_pairs(), scores, 0.5, 0).empty());
  CHECK(kept(two_pairs(), scores, 0.9) == Indices{3, 1, 2, 0});
}

TEST_CASE("equal scores are taken in the order in which they stand") {
  CHECK(kept(two_pairs(), torch::tensor({0.5, 0.5, 0.5, 0.5}), 0.5) == Indices{0, 2});
  // Enough of them for any sort to leave its simplest form.
  const Tensor apart = torch::arange(500, at::kFloat).mul(10).unsqueeze(1) + torch::tensor({0, 0, 5, 5});
  const Tensor scores = torch::arange(500).remainder(3).to(at::kFloat);
  const Tensor order = torch::arange(500);
  const Tensor expected = torch::cat({order.slice(0, 2, 500, 3), order.slice(0, 1, 500, 3), order.slice(0, 0, 500, 3)});
  CHECK(torch::equal(suppress(apart, scores, 0.5, 500), expected));
}

TEST_CASE("boxes of other types and layouts, and those of a graph, are taken as they are in float32") {
  const Tensor scores = torch::tensor({0.2, 0.4, 0.3, 0.9});
  for (const at::ScalarType dtype : {at::kDouble, at::kBFloat16}) {
    CHECK(kept(two_pairs().to(dtype), scores.to(dtype), 0.5) == Indices{3, 1});
  }
  CHECK(kept(two_pairs().t().contiguous().t(), scores, 0.5) == Indices{3, 1});
  const Tensor learnt = two_pairs().requires_grad_();
  CHECK(kept(learnt, scores.clone().requires_grad_(), 0.5) == Indices{3, 1});
}

TEST_CASE("no boxes leave none") { CHECK(kept(torch::empty({0, 4}), torch::empty({0}), 0.5).empty()); }

TEST_CASE("suppression refuses what it cannot decide, with the cure") {
  const Tensor scores = torch::tensor({0.2, 0.4, 0.3, 0.9});
  CHECK_THROWS_WITH(suppress(two_pairs(), scores.slice(0, 0, 3), 0.5, 9), Catch::Contains("N scores"));
  CHECK_THROWS_WITH(suppress(two_pairs().slice(1, 0, 3), scores, 0.5, 9), Catch::Contains("left, top, right"));
  CHECK_THROWS_WITH(suppress(two_pairs(), scores, 1.5, 9), Catch::Contains("in [0, 1]"));
  CHECK_THROWS_WITH(suppress(two_pairs(), scores, 0.5, -1), Catch::Contains("0 or more"));
  Tensor wrong = two_pairs();
  wrong[2][1] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(suppress(wrong, scores, 0.5, 9), Catch::Contains("Lower the rate"));
  CHECK_THROWS_WITH(suppress(two_pairs(), scores / 0, 0.5, 9), Catch::Contains("Lower the rate"));
}

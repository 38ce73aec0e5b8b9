// SPDX-License-Identifier: MIT
#include "model/max_pool.hpp"

#include <torch/types.h>

#include "support/catch.hpp"

using resnet::FeatureMap;
using resnet::MaxPool;
using resnet::ModelCost;

TEST_CASE("the pool behind conv1 halves the map, rounded up, and its padding never wins (Table 1)") {
  const MaxPool pool(/*kernel=*/3, /*stride=*/2, /*padding=*/1);
  const torch::Tensor x = torch::tensor({-9.F, -2.F, -3.F, -4.F, -5.F,   //
                                         -6.F, -7.F, -8.F, -1.F, -9.F,   //
                                         -9.F, -9.F, -9.F, -9.F, -9.F})  //
                              .view({1, 1, 3, 5});
  CHECK(torch::equal(pool.forward(x), torch::tensor({-2.F, -1.F, -1.F, -6.F, -1.F, -1.F}).view({1, 1, 2, 3})));
}

TEST_CASE("a pool's map is that of its activations, and it costs no multiply-add") {
  const auto [kernel, padding] = GENERATE(table<std::int64_t, std::int64_t>({{3, 1}, {2, 0}}));
  const std::int64_t height = GENERATE(112, 9, 8, 3, 2);
  CAPTURE(kernel, padding, height);
  const MaxPool pool(kernel, /*stride=*/2, padding);
  const torch::Tensor y = pool.forward(torch::zeros({1, 4, height, 14}));
  ModelCost cost;
  CHECK(pool.add_cost(cost, "maxpool", {4, height, 14}) == FeatureMap{y.size(1), y.size(2), y.size(3)});
  CHECK(cost.multiply_adds() == 0);
  CHECK(cost.layers.front().kind == "max pool");
}

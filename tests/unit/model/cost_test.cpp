// SPDX-License-Identifier: MIT
#include "model/cost.hpp"

#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include <memory>

#include "core/error.hpp"
#include "model/bottleneck_block.hpp"
#include "model/cifar_net.hpp"
#include "model/convolution.hpp"
#include "model/plain_block.hpp"
#include "model/residual_block.hpp"
#include "support/catch.hpp"

using namespace resnet;

namespace {

FeatureMap map_of(const torch::Tensor& x) { return {x.size(1), x.size(2), x.size(3)}; }

}  // namespace

TEST_CASE("two 3x3 layers of 64 filters take 73,728 multiply-adds at each position (Figure 5, left)") {
  const auto layer = make_convolution(64, 64, /*kernel=*/3, /*stride=*/1);
  ModelCost cost;
  add_convolution(cost, "second", *layer, add_convolution(cost, "first", *layer, {64, 1, 1}));
  CHECK(cost.multiply_adds() == 73'728);
}

TEST_CASE("a convolution's map is that of its activations") {
  const std::int64_t kernel = GENERATE(1, 3, 7);
  const std::int64_t stride = GENERATE(1, 2);
  const std::int64_t height = GENERATE(7, 8);
  CAPTURE(kernel, stride, height);
  auto layer = make_convolution(3, 5, kernel, stride);
  ModelCost cost;
  CHECK(add_convolution(cost, "layer", *layer, {3, height, 9}) ==
        map_of(layer->forward(torch::zeros({1, 3, height, 9}))));
}

TEST_CASE("a block's map is that of its activations, shortcut included") {
  const Shortcut option =
      GENERATE(Shortcut::kZeroPadding, Shortcut::kProjectionWhereNeeded, Shortcut::kProjectionEverywhere);
  const std::int64_t height = GENERATE(7, 8);
  CAPTURE(shortcut_name(option), height);
  const torch::Tensor x = torch::zeros({2, 4, height, 6});
  ResidualBlock residual(4, 8, 2, {.shortcut = option});
  PlainBlock plain(4, 8, 2, /*bn_batch=*/0);
  const BottleneckStride stride = GENERATE(BottleneckStride::k1x1, BottleneckStride::k3x3);
  BottleneckBlock bottleneck(4, 2, 2, {.shortcut = option, .bottleneck_stride = stride});

  ModelCost cost;
  const FeatureMap expected = map_of(residual.forward(Activation(x)).to_layers);
  CHECK(residual.add_cost(cost, "block", map_of(x)) == expected);
  CHECK(cost.layers.back().output == expected);  // the shortcut's
  CHECK(plain.add_cost(cost, "block", map_of(x)) == map_of(plain.forward(Activation(x)).to_layers));
  CHECK(bottleneck.add_cost(cost, "block", map_of(x)) == map_of(bottleneck.forward(Activation(x)).to_layers));
}

TEST_CASE("layers carry the names of the state, each layer's parameters are those under its name") {
  ModelSpec spec = parse_model_name("resnet20");
  spec.shortcut = GENERATE(Shortcut::kZeroPadding, Shortcut::kProjectionEverywhere);
  const auto net = std::make_shared<CifarNet>(spec);  // named_modules needs it so
  const auto modules = net->named_modules();
  for (const LayerCost& layer : net->cost(32, 32).layers) {
    CAPTURE(layer.name);
    if (layer.kind == "average pool") continue;
    std::int64_t held = 0;
    for (const auto& parameter : modules[layer.name]->parameters()) held += parameter.numel();
    CHECK(layer.parameters == held);
  }
}

TEST_CASE("multiply-adds grow with the map, parameters do not") {
  const CifarNet net(parse_model_name("resnet20"));
  const ModelCost small = net.cost(32, 32);
  const ModelCost large = net.cost(64, 64);
  CHECK(large.parameters() == small.parameters());
  CHECK(large.multiply_adds() - 640 == 4 * (small.multiply_adds() - 640));  // 640: the fc, after the pool
}

TEST_CASE("a layer that does not fit the map before it is refused by name") {
  ModelCost cost;
  CHECK_THROWS_WITH(add_convolution(cost, "conv1", *make_convolution(3, 16, 3, 1), {4, 32, 32}),
                    "conv1: 4 channels enter, expected 3");
  CHECK_THROWS_AS(add_batch_norm(cost, "bn1", BatchNorm(8, 0), {16, 32, 32}), Error);
  CHECK_THROWS_AS(add_linear(cost, "fc", torch::nn::LinearImpl(64, 10), {32, 1, 1}), Error);
}

// SPDX-License-Identifier: MIT
// The CIFAR-10 nets against the paper's counts: Section 4.2 and Table 6.
#include "model/cifar_net.hpp"

#include <torch/utils.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using resnet::CifarNet;
using resnet::Family;
using resnet::ModelCost;
using resnet::Shortcut;

namespace {

ModelCost cost_of(Family family, std::int64_t depth, Shortcut shortcut = Shortcut::kZeroPadding) {
  return CifarNet({.family = family, .depth = depth, .shortcut = shortcut}).cost(32, 32);
}

std::int64_t count_kind(const ModelCost& cost, const std::string& kind) {
  return std::count_if(cost.layers.begin(), cost.layers.end(), [&](const auto& layer) { return layer.kind == kind; });
}

}  // namespace

TEST_CASE("plain nets and their option-A twins have the parameters of Table 6", "[paper]") {
  const auto [depth, parameters] = GENERATE(table<std::int64_t, std::int64_t>(
      {{20, 269'722}, {32, 464'154}, {44, 658'586}, {56, 853'018}, {110, 1'727'962}, {1202, 19'421'274}}));
  const Family family = GENERATE(Family::kPlain, Family::kResidual);
  CAPTURE(depth, family == Family::kPlain);
  const CifarNet net({.family = family, .depth = depth});

  std::int64_t held = 0;
  for (const auto& parameter : net.parameters()) held += parameter.numel();
  CHECK(held == parameters);
  CHECK(net.cost(32, 32).parameters() == parameters);
}

TEST_CASE("ResNet-20 takes 40.55 M multiply-adds with option A, as plain-20 does, and 40.81 M with B", "[paper]") {
  CHECK(cost_of(Family::kPlain, 20).multiply_adds() == 40'551'040);
  CHECK(cost_of(Family::kResidual, 20).multiply_adds() == 40'551'040);
  CHECK(cost_of(Family::kResidual, 20, Shortcut::kProjectionWhereNeeded).multiply_adds() == 40'813'184);
}

TEST_CASE("a net of depth 6n + 2 has that many weighted layers: 1 + 2n on maps of 32, 2n of 16, 2n of 8, and the fc",
          "[paper]") {
  const std::int64_t n = GENERATE(1, 3, 5, 7, 9, 18);
  const Family family = GENERATE(Family::kPlain, Family::kResidual);
  CAPTURE(n, family == Family::kPlain);
  const ModelCost cost = cost_of(family, 6 * n + 2);

  CHECK(count_kind(cost, "convolution") + count_kind(cost, "linear") == 6 * n + 2);
  for (const auto& [map, filters, layers] : {std::tuple{32, 16, 2 * n + 1}, {16, 32, 2 * n}, {8, 64, 2 * n}}) {
    CAPTURE(map);
    CHECK(layers == std::count_if(cost.layers.begin(), cost.layers.end(), [&](const auto& layer) {
            return layer.kind == "convolution" && layer.output == resnet::FeatureMap{filters, map, map};
          }));
  }
}

TEST_CASE("of ResNet-20's nine shortcuts option A projects none, B the two that grow, and C all", "[paper]") {
  const auto projections = [](Shortcut option) {
    return count_kind(cost_of(Family::kResidual, 20, option), "projection");
  };
  CHECK(projections(Shortcut::kZeroPadding) == 0);
  CHECK(projections(Shortcut::kProjectionWhereNeeded) == 2);
  CHECK(projections(Shortcut::kProjectionEverywhere) == 9);
}

TEST_CASE("option B adds its projections and their batch norms to option A's parameters, and nothing else", "[paper]") {
  const std::int64_t projections = (16 * 32 + 2 * 32) + (32 * 64 + 2 * 64);
  CHECK(cost_of(Family::kResidual, 20, Shortcut::kProjectionWhereNeeded).parameters() == 269'722 + projections);
}

// SPDX-License-Identifier: MIT
#include "paper/imagenet_errors.hpp"

#include "paper/recipe.hpp"

namespace resnet::paper {
namespace {

constexpr Shortcut kA = Shortcut::kZeroPadding;
constexpr Shortcut kB = Shortcut::kProjectionWhereNeeded;
constexpr Shortcut kC = Shortcut::kProjectionEverywhere;

}  // namespace

ModelSpec imagenet_plain(std::int64_t depth) {
  return {.design = Design::kImageNet, .family = Family::kPlain, .depth = depth, .classes = kImageNetClasses};
}

ModelSpec imagenet_residual(std::int64_t depth, Shortcut shortcut) {
  return {.design = Design::kImageNet,
          .family = Family::kResidual,
          .depth = depth,
          .shortcut = shortcut,
          .classes = kImageNetClasses};
}

std::vector<NetRuns> table2_nets() {
  return {{imagenet_plain(18)}, {imagenet_plain(34)}, {imagenet_residual(18, kA)}, {imagenet_residual(34, kA)}};
}

std::vector<NetRuns> figure4_nets() { return table2_nets(); }

std::vector<NetRuns> table3_nets() {
  return {{imagenet_plain(34)},        {imagenet_residual(34, kA)}, {imagenet_residual(34, kB)},
          {imagenet_residual(34, kC)}, {imagenet_residual(50, kB)}, {imagenet_residual(101, kB)},
          {imagenet_residual(152, kB)}};
}

std::vector<NetRuns> table4_nets() {
  return {{imagenet_residual(34, kB)},
          {imagenet_residual(34, kC)},
          {imagenet_residual(50, kB)},
          {imagenet_residual(101, kB)},
          {imagenet_residual(152, kB)}};
}

std::vector<NetRuns> table5_nets() {
  std::vector<NetRuns> nets = table4_nets();
  nets.back().runs = 2;
  return nets;
}

}  // namespace resnet::paper

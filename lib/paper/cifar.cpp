// SPDX-License-Identifier: MIT
#include "paper/cifar.hpp"

#include <algorithm>

namespace resnet::paper {
namespace {

NetRuns plain(std::int64_t depth) { return {{.family = Family::kPlain, .depth = depth}}; }

NetRuns residual(std::int64_t depth, std::int64_t runs = 1) {
  return {{.family = Family::kResidual, .depth = depth}, runs};
}

}  // namespace

std::vector<NetRuns> figure1_nets() { return {plain(20), plain(56)}; }

std::vector<NetRuns> figure6_nets() {
  return {plain(20),    plain(32),    plain(44),    plain(56),     plain(110),    residual(20),
          residual(32), residual(44), residual(56), residual(110), residual(1202)};
}

std::vector<NetRuns> table6_nets() {
  return {residual(20), residual(32), residual(44), residual(56), residual(110, 5), residual(1202)};
}

std::vector<NetRuns> figure7_nets() { return {plain(20), plain(56), residual(20), residual(56), residual(110)}; }

std::vector<NetRuns> gradient_nets() { return {plain(20), plain(56), residual(20), residual(56)}; }

const ReportedNet* table6_row(std::int64_t depth) {
  const auto found = std::find_if(kTable6.begin(), kTable6.end(), [&](const auto& row) { return row.depth == depth; });
  return found == kTable6.end() ? nullptr : &*found;
}

}  // namespace resnet::paper

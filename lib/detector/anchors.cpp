// SPDX-License-Identifier: MIT
#include "detector/anchors.hpp"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "detector/box_tensor.hpp"

namespace resnet {
namespace {

at::Tensor centres(std::int64_t positions, std::int64_t stride) {
  return (at::arange(positions, at::kFloat) + 0.5) * static_cast<double>(stride);
}

}  // namespace

void check_anchors(const AnchorShapes& shapes) {
  const auto are_within = [](const std::vector<double>& numbers, double least, double most) {
    return std::ranges::all_of(numbers, [&](double number) { return number >= least && number <= most; });
  };
  require_usage(shapes.count() >= 1 && shapes.count() <= 100,
                "anchors: {} sides and {} ratios, expected 1 to 100 in all", shapes.sides.size(), shapes.ratios.size());
  require_usage(are_within(shapes.sides, 1, 10'000), "anchors: a side is not from 1 to 10000 pixels");
  require_usage(are_within(shapes.ratios, 0.01, 100), "anchors: a ratio is not from 0.01 to 100");
}

at::Tensor anchors_on(ImageSize map, const AnchorShapes& shapes, std::int64_t stride) {
  std::vector<Box> around_zero;
  for (const double side : shapes.sides) {
    for (const double ratio : shapes.ratios) {
      const double width = side / std::sqrt(ratio);
      const double height = side * std::sqrt(ratio);
      around_zero.push_back({-width / 2, -height / 2, width, height});
    }
  }
  const at::Tensor x = centres(map.width, stride).view({1, -1, 1}).expand({map.height, -1, 1});
  const at::Tensor y = centres(map.height, stride).view({-1, 1, 1}).expand({-1, map.width, 1});
  const at::Tensor centre = at::cat({x, y, x, y}, -1);  // [height, width, 4]
  return (centre.unsqueeze(2) + box_tensor(around_zero)).reshape({-1, 4});
}

}  // namespace resnet

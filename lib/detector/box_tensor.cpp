// SPDX-License-Identifier: MIT
#include "detector/box_tensor.hpp"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <cmath>

namespace resnet {
namespace {

/// Boxes by centre and size, each [...].
struct Centred {
  at::Tensor x;
  at::Tensor y;
  at::Tensor width;
  at::Tensor height;
};

Centred centred(const at::Tensor& boxes) {
  const auto sides = boxes.unbind(-1);
  const at::Tensor width = sides[2] - sides[0];
  const at::Tensor height = sides[3] - sides[1];
  return {sides[0] + 0.5 * width, sides[1] + 0.5 * height, width, height};
}

}  // namespace

at::Tensor box_tensor(const std::vector<Box>& boxes) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(boxes.size()), 4}, at::kFloat);
  auto* to = tensor.mutable_data_ptr<float>();
  for (const Box& box : boxes) {
    for (const double side : {box.left, box.top, box.right(), box.bottom()}) *to++ = static_cast<float>(side);
  }
  return tensor;
}

Box box_at(const at::Tensor& boxes, std::int64_t row) {
  const at::Tensor sides = boxes[row].contiguous();
  const auto* side = sides.const_data_ptr<float>();
  return {side[0], side[1], double{side[2]} - double{side[0]}, double{side[3]} - double{side[1]}};
}

at::Tensor areas(const at::Tensor& boxes) {
  const auto sides = boxes.unbind(-1);
  return (sides[2] - sides[0]).clamp_min(0) * (sides[3] - sides[1]).clamp_min(0);
}

at::Tensor intersections(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor begin = at::maximum(a.slice(1, 0, 2).unsqueeze(1), b.slice(1, 0, 2).unsqueeze(0));
  const at::Tensor end = at::minimum(a.slice(1, 2, 4).unsqueeze(1), b.slice(1, 2, 4).unsqueeze(0));
  return (end - begin).clamp_min(0).prod(-1);
}

at::Tensor overlaps(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor shared = intersections(a, b);
  const at::Tensor joined = areas(a).unsqueeze(1) + areas(b).unsqueeze(0) - shared;
  return at::where(joined > 0, shared / joined, at::zeros_like(shared));
}

at::Tensor offsets_of(const at::Tensor& boxes, const at::Tensor& references) {
  const Centred box = centred(boxes);
  const Centred from = centred(references);
  return at::stack({(box.x - from.x) / from.width, (box.y - from.y) / from.height, (box.width / from.width).log(),
                    (box.height / from.height).log()},
                   -1);
}

at::Tensor moved_by(const at::Tensor& references, const at::Tensor& offsets) {
  const double most = std::log(1000.0 / 16.0);
  const Centred from = centred(references);
  const auto by = offsets.unbind(-1);
  const at::Tensor x = from.x + by[0] * from.width;
  const at::Tensor y = from.y + by[1] * from.height;
  const at::Tensor half_width = 0.5 * from.width * by[2].clamp_max(most).exp();
  const at::Tensor half_height = 0.5 * from.height * by[3].clamp_max(most).exp();
  return at::stack({x - half_width, y - half_height, x + half_width, y + half_height}, -1);
}

at::Tensor clipped(const at::Tensor& boxes, ImageSize image) {
  const auto sides = boxes.unbind(-1);
  const auto width = static_cast<double>(image.width);
  const auto height = static_cast<double>(image.height);
  return at::stack(
      {sides[0].clamp(0, width), sides[1].clamp(0, height), sides[2].clamp(0, width), sides[3].clamp(0, height)}, -1);
}

}  // namespace resnet

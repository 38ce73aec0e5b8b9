// SPDX-License-Identifier: MIT
// Compiled once for each instruction set: see simd.cpp.
#include "kernel/suppress.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/suppress.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets what it compiles for.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

float area_of(const float* box) { return (box[2] - box[0]) * (box[3] - box[1]); }

// The kept boxes as rows of left, top, right, bottom and area, with boxes of zeros at their ends, which meet no other.
struct Kept {
  float* rows;
  std::int64_t stride;
  std::int64_t size;

  const float* row(std::int64_t of, std::int64_t at) const { return rows + of * stride + at; }

  void add(const float* box) {
    for (std::int64_t i = 0; i < 4; ++i) rows[i * stride + size] = box[i];
    rows[4 * stride + size] = area_of(box);
    ++size;
  }
};

// Whether a kept box drops this one.
bool is_dropped(const float* box, const Kept& kept, float overlap) {
  const hn::CappedTag<float, 16> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto left = hn::Set(d, box[0]);
  const auto top = hn::Set(d, box[1]);
  const auto right = hn::Set(d, box[2]);
  const auto bottom = hn::Set(d, box[3]);
  const auto area = hn::Set(d, area_of(box));
  for (std::int64_t i = 0; i < kept.size; i += lanes) {
    const auto width =
        hn::Sub(hn::Min(hn::LoadU(d, kept.row(2, i)), right), hn::Max(hn::LoadU(d, kept.row(0, i)), left));
    const auto height =
        hn::Sub(hn::Min(hn::LoadU(d, kept.row(3, i)), bottom), hn::Max(hn::LoadU(d, kept.row(1, i)), top));
    // Zeroed behind the product, not before it: a bare product the compiler might fuse with the difference below, which
    // would round once where torchvision rounds twice.
    const auto meet = hn::And(hn::Gt(width, hn::Zero(d)), hn::Gt(height, hn::Zero(d)));
    const auto shared = hn::IfThenElseZero(meet, hn::Mul(width, height));
    const auto joined = hn::Sub(hn::Add(hn::LoadU(d, kept.row(4, i)), area), shared);
    if (!hn::AllFalse(d, hn::Gt(hn::Div(shared, joined), hn::Set(d, overlap)))) return true;
  }
  return false;
}

}  // namespace

// Each box meets the kept ones, not each kept one those behind it: what lies behind the last one kept is never read.
void suppress_into(const float* boxes, std::int64_t count, float overlap, std::int64_t most, float* rows,
                   std::int64_t stride, std::vector<std::int64_t>& indices) {
  Kept kept{rows, stride, 0};
  for (std::int64_t i = 0; i < count && kept.size < most; ++i) {
    const float* const box = boxes + 4 * i;
    if (is_dropped(box, kept, overlap)) continue;
    kept.add(box);
    indices.push_back(i);
  }
}

}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resnet {

HWY_EXPORT(suppress_into);

std::vector<std::int64_t> suppress(const float* boxes, std::int64_t count, double overlap, std::int64_t most) {
  // A float is above `overlap` if it is above the largest float that is not.
  auto largest = static_cast<float>(overlap);
  if (static_cast<double>(largest) > overlap) largest = std::nextafter(largest, -1.0F);
  constexpr std::int64_t kLanes = 16;  // of the widest vector
  const std::int64_t stride = std::min(count, most) / kLanes * kLanes + kLanes;
  std::vector<float> rows(static_cast<std::size_t>(5 * stride));
  std::vector<std::int64_t> indices;
  HWY_DYNAMIC_DISPATCH(suppress_into)(boxes, count, largest, most, rows.data(), stride, indices);
  return indices;
}

}  // namespace resnet
#endif

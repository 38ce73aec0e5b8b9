// SPDX-License-Identifier: MIT
// Compiled once for each instruction set: see simd.cpp.
#include "kernel/sgd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/sgd.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets what it compiles for.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE void update_at(D d, const SgdUpdate& update, const float* gradient, float* velocity, float* weight) {
  const auto w = hn::LoadU(d, weight);
  const auto decayed = hn::MulAdd(hn::Set(d, update.weight_decay), w, hn::LoadU(d, gradient));
  const auto kept = hn::Mul(hn::Set(d, update.momentum), hn::LoadU(d, velocity));
  const auto v = hn::MulAdd(hn::Set(d, update.rate), decayed, kept);
  hn::StoreU(v, d, velocity);
  hn::StoreU(hn::Sub(w, v), d, weight);
}

}  // namespace

void sgd_update(SgdUpdate update, const float* HWY_RESTRICT gradient, float* HWY_RESTRICT velocity,
                float* HWY_RESTRICT weight, std::int64_t count) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) update_at(d, update, gradient + i, velocity + i, weight + i);
  for (; i < count; ++i) update_at(hn::CappedTag<float, 1>(), update, gradient + i, velocity + i, weight + i);
}

}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resnet {

HWY_EXPORT(sgd_update);

void sgd_update(const SgdUpdate& update, const float* gradient, float* velocity, float* weight, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(sgd_update)(update, gradient, velocity, weight, count);
}

}  // namespace resnet
#endif

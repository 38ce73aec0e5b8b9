// SPDX-License-Identifier: MIT
#include "kernel/peak.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/peak.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets what it compiles for.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

std::int64_t run_multiply_adds(std::int64_t rounds) {
  // Latency 4 on two ports needs 8 sums under way; 12 and two factors fit the 16 registers of AVX2.
  constexpr std::int64_t kSums = 12;
  const hn::ScalableTag<float> tag;
  volatile float seed = 1.0F;  // read at run time: the loop cannot be computed in advance
  const auto factor = hn::Set(tag, seed * 0.999F);
  const auto term = hn::Set(tag, seed * 0.001F);
  auto a = hn::Set(tag, seed), b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
  for (std::int64_t round = 0; round < rounds; ++round) {
    a = hn::MulAdd(a, factor, term), b = hn::MulAdd(b, factor, term), c = hn::MulAdd(c, factor, term);
    d = hn::MulAdd(d, factor, term), e = hn::MulAdd(e, factor, term), f = hn::MulAdd(f, factor, term);
    g = hn::MulAdd(g, factor, term), h = hn::MulAdd(h, factor, term), i = hn::MulAdd(i, factor, term);
    j = hn::MulAdd(j, factor, term), k = hn::MulAdd(k, factor, term), l = hn::MulAdd(l, factor, term);
  }
  const auto sum = hn::Add(hn::Add(hn::Add(a, b), hn::Add(c, d)),
                           hn::Add(hn::Add(hn::Add(e, f), hn::Add(g, h)), hn::Add(hn::Add(i, j), hn::Add(k, l))));
  seed = hn::GetLane(sum);  // written, so that it has to be computed
  return rounds * kSums * static_cast<std::int64_t>(hn::Lanes(tag));
}

}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resnet {

HWY_EXPORT(run_multiply_adds);

std::int64_t run_multiply_adds(std::int64_t rounds) { return HWY_DYNAMIC_DISPATCH(run_multiply_adds)(rounds); }

}  // namespace resnet
#endif

// SPDX-License-Identifier: MIT
#include "kernel/peak.hpp"

#include "kernel/simd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/peak.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets what it compiles for.
#include <hwy/highway.h>

#include "kernel/bf16_vector.hpp"

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {
namespace {

// Latency 4 on two ports needs 8 sums under way; 12 and two factors fit the 16 registers of AVX2.
constexpr int kSums = 12;

// Replaces each of kSums sums by step(sum), `rounds` times.
template <typename Step>
HWY_INLINE void run_rounds(std::int64_t rounds, volatile float& seed, const Step& step) {
  Vector sums[kSums];
  // Read for each: sums that are known to begin alike would be computed once for all.
  for (Vector& sum : sums) sum = hn::Set(kTag, seed);
  for (std::int64_t round = 0; round < rounds; ++round) {
    HWY_UNROLL(12)
    for (int i = 0; i < kSums; ++i) sums[i] = step(sums[i]);
  }
  for (int i = 1; i < kSums; ++i) sums[0] = hn::Add(sums[0], sums[i]);
  seed = hn::GetLane(sums[0]);  // written, so that it has to be computed
}

}  // namespace

std::int64_t run_multiply_adds(std::int64_t rounds) {
  volatile float seed = 1.0F;  // read at run time: the loop cannot be computed in advance
  const Vector factor = hn::Set(kTag, seed * 0.999F);
  const Vector term = hn::Set(kTag, seed * 0.001F);
  run_rounds(rounds, seed, [&](Vector sum) HWY_ATTR { return hn::MulAdd(sum, factor, term); });
  return rounds * kSums * kLanes;
}

std::int64_t run_bf16_multiply_adds([[maybe_unused]] std::int64_t rounds) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  volatile float seed = 1.0F;
  const Bf16Pairs ones = hn::Set(hn::CappedTag<std::uint32_t, 16>(), 0x3f803f80);
  run_rounds(rounds, seed, [&](Vector sum) HWY_ATTR { return multiply_add(ones, ones, sum); });
  return rounds * kSums * kLanes * 2;
#else
  return 0;
#endif
}

}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resnet {

HWY_EXPORT(run_multiply_adds);
HWY_EXPORT(run_bf16_multiply_adds);

std::int64_t run_multiply_adds(std::int64_t rounds) { return HWY_DYNAMIC_DISPATCH(run_multiply_adds)(rounds); }

std::int64_t run_bf16_multiply_adds(std::int64_t rounds) {
  return simd_multiplies_bf16() ? HWY_DYNAMIC_DISPATCH(run_bf16_multiply_adds)(rounds) : 0;
}

}  // namespace resnet
#endif

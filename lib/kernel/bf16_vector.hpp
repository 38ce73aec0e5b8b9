// SPDX-License-Identifier: MIT
#if defined(RESNET_KERNEL_BF16_VECTOR) == defined(HWY_TARGET_TOGGLE)
#ifdef RESNET_KERNEL_BF16_VECTOR
#undef RESNET_KERNEL_BF16_VECTOR
#else
#define RESNET_KERNEL_BF16_VECTOR
#endif
// Vectors of floats from float and bfloat16 memory and back: it comes in once for each instruction set, as the kernels
// do. What stands under HWY_AVX3 needs a processor of which simd_multiplies_bf16() is true.

#include <hwy/highway.h>

#include <cstdint>

#include "kernel/bf16.hpp"

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// The widest vector that the kernels use.
using Tag = hn::CappedTag<float, 16>;
using Vector = hn::Vec<Tag>;
constexpr Tag kTag;
constexpr std::int64_t kLanes = hn::MaxLanes(kTag);

template <class D>
HWY_INLINE hn::Vec<D> load(D d, const float* from) {
  return hn::LoadU(d, from);
}

template <class D>
HWY_INLINE hn::Vec<D> load(D d, const Bf16* from) {
  const hn::Rebind<Bf16, D> half;
  const hn::RebindToUnsigned<D> bits;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(bits, hn::LoadU(half, from))));
}

template <class D>
HWY_INLINE void store(D d, hn::Vec<D> v, float* to) {
  hn::StoreU(v, d, to);
}

// To the nearest, and from the middle to the even one. A NaN is set apart: rounded as a number it could become one.
template <class D>
HWY_INLINE void store(D, hn::Vec<D> v, Bf16* to) {
  const hn::Rebind<Bf16, D> half;
  const hn::RebindToUnsigned<D> bits;
  const auto exact = hn::BitCast(bits, v);
  const auto is_odd = hn::And(hn::ShiftRight<16>(exact), hn::Set(bits, 1));
  const auto rounded = hn::ShiftRight<16>(hn::Add(exact, hn::Add(is_odd, hn::Set(bits, 0x7fff))));
  const auto is_nan = hn::RebindMask(bits, hn::IsNaN(v));
  // No number is above 0xffff, so that this conversion, which saturates, is the exact one, and on SSE4 a fast one.
  const hn::RebindToSigned<D> integers;
  const auto chosen = hn::IfThenElse(is_nan, hn::Set(bits, 0x7fc0), rounded);
  hn::StoreU(hn::DemoteTo(half, hn::BitCast(integers, chosen)), half, to);
}

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
// Written as assembly: this version of Highway emulates them, and the compiler's own ones want a flag of their own.

using Bf16Pairs = hn::Vec<hn::CappedTag<std::uint32_t, 16>>;

// The rounding of `store` in one instruction, but that what is below the smallest normal number becomes zero.
HWY_INLINE hn::Vec<hn::CappedTag<Bf16, 16>> round_to_bf16(Vector v) {
  hn::Vec<hn::CappedTag<Bf16, 16>> rounded;
  asm("vcvtneps2bf16 %1, %0" : "=v"(rounded.raw) : "v"(v.raw));
  return rounded;
}

// sum + a[0] * b[0] + a[1] * b[1] in each lane.
HWY_INLINE Vector multiply_add(Bf16Pairs a, Bf16Pairs b, Vector sum) {
  asm("vdpbf16ps %2, %1, %0" : "+v"(sum.raw) : "v"(a.raw), "v"(b.raw));
  return sum;
}
#endif

}  // namespace
}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

// SPDX-License-Identifier: MIT
// Compiled once for each instruction set: see simd.cpp.
#include "kernel/max_pool.hpp"

#include <algorithm>
#include <type_traits>

#include "kernel/max_pool_kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/max_pool.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets what it compiles for.
#include <hwy/highway.h>

#include "kernel/bf16_vector.hpp"
#include "kernel/for_channels.hpp"

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {
namespace {

// [first, last) of what lies side by side in one direction.
struct Range {
  std::int64_t first;
  std::int64_t last;
};

// The taps of a window that lie on the map, in one direction.
HWY_INLINE Range taps_on_map(std::int64_t out, std::int64_t extent, const PoolShape& s) {
  const std::int64_t start = out * s.stride - s.padding;
  return {std::max<std::int64_t>(-start, 0), std::min(s.kernel, extent - start)};
}

// The windows that see a pixel, in one direction.
HWY_INLINE Range windows_over(std::int64_t in, std::int64_t windows, const PoolShape& s) {
  const std::int64_t end = in + s.padding;
  const std::int64_t before = end - s.kernel;  // the last start that is too early
  return {before < 0 ? 0 : before / s.stride + 1, std::min(end / s.stride + 1, windows)};
}

template <bool kTakesTaps, typename T>
HWY_FLATTEN void pool_rows(PoolShape s, const T* x, T* y, std::uint8_t* taps, std::int64_t first, std::int64_t last) {
  const std::int64_t out_width = s.out_width();
  for (std::int64_t row = first; row < last; ++row) {
    const std::int64_t image = row / s.out_height();
    const std::int64_t out_row = row % s.out_height();
    const Range rows = taps_on_map(out_row, s.height, s);
    for (std::int64_t column = 0; column < out_width; ++column) {
      const Range columns = taps_on_map(column, s.width, s);
      const T* const window =
          x +
          ((image * s.height + out_row * s.stride - s.padding) * s.width + column * s.stride - s.padding) * s.channels;
      const std::int64_t at = (row * out_width + column) * s.channels;
      for_channels(s.channels, [&](auto d, std::int64_t channel) HWY_ATTR {
        const hn::RebindToSigned<decltype(d)> integers;
        const hn::Rebind<std::uint8_t, decltype(d)> bytes;
        auto best = load(d, window + (rows.first * s.width + columns.first) * s.channels + channel);
        auto best_tap = hn::Set(integers, static_cast<std::int32_t>(rows.first * s.kernel + columns.first));
        for (std::int64_t i = rows.first; i < rows.last; ++i) {
          for (std::int64_t j = columns.first; j < columns.last; ++j) {
            const auto v = load(d, window + (i * s.width + j) * s.channels + channel);
            const auto is_larger = hn::Or(hn::Gt(v, best), hn::IsNaN(v));
            best = hn::IfThenElse(is_larger, v, best);
            if constexpr (kTakesTaps) {
              best_tap = hn::IfThenElse(hn::RebindMask(integers, is_larger),
                                        hn::Set(integers, static_cast<std::int32_t>(i * s.kernel + j)), best_tap);
            }
          }
        }
        store(d, best, y + at + channel);
        if constexpr (kTakesTaps) hn::StoreU(hn::DemoteTo(bytes, best_tap), bytes, taps + at + channel);
      });
    }
  }
}

template <typename T>
void pool(PoolShape shape, const T* x, T* y, std::uint8_t* taps, std::int64_t first, std::int64_t last) {
  taps != nullptr ? pool_rows<true>(shape, x, y, taps, first, last) : pool_rows<false>(shape, x, y, taps, first, last);
}

template <typename T>
HWY_FLATTEN void gradient(PoolShape s, const T* dy, const std::uint8_t* taps, T* dx, std::int64_t first,
                          std::int64_t last) {
  const std::int64_t out_width = s.out_width();
  for (std::int64_t row = first; row < last; ++row) {
    const std::int64_t image = row / s.height;
    const std::int64_t in_row = row % s.height;
    const Range rows = windows_over(in_row, s.out_height(), s);
    for (std::int64_t column = 0; column < s.width; ++column) {
      const Range columns = windows_over(column, out_width, s);
      for_channels(s.channels, [&](auto d, std::int64_t channel) HWY_ATTR {
        const hn::RebindToSigned<decltype(d)> integers;
        const hn::Rebind<std::uint8_t, decltype(d)> bytes;
        auto sum = hn::Zero(d);
        for (std::int64_t i = rows.first; i < rows.last; ++i) {
          const std::int64_t tap_row = in_row + s.padding - i * s.stride;
          for (std::int64_t j = columns.first; j < columns.last; ++j) {
            const std::int64_t tap = tap_row * s.kernel + column + s.padding - j * s.stride;
            const std::int64_t at = ((image * s.out_height() + i) * out_width + j) * s.channels + channel;
            const auto is_largest = hn::Eq(hn::PromoteTo(integers, hn::LoadU(bytes, taps + at)),
                                           hn::Set(integers, static_cast<std::int32_t>(tap)));
            sum = hn::Add(sum, hn::IfThenElseZero(hn::RebindMask(d, is_largest), load(d, dy + at)));
          }
        }
        store(d, sum, dx + (row * s.width + column) * s.channels + channel);
      });
    }
  }
}

}  // namespace

MaxPoolKernels<float> float_max_pool_kernels() { return {pool<float>, gradient<float>}; }

MaxPoolKernels<Bf16> bf16_max_pool_kernels() { return {pool<Bf16>, gradient<Bf16>}; }

}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resnet {

HWY_EXPORT(float_max_pool_kernels);
HWY_EXPORT(bf16_max_pool_kernels);

namespace {

template <typename T>
MaxPoolKernels<T> max_pool_kernels() {
  if constexpr (std::is_same_v<T, float>) {
    return HWY_DYNAMIC_DISPATCH(float_max_pool_kernels)();
  } else {
    return HWY_DYNAMIC_DISPATCH(bf16_max_pool_kernels)();
  }
}

}  // namespace

template <typename T>
void max_pool(const PoolShape& shape, const T* x, T* y, std::uint8_t* taps, std::int64_t first, std::int64_t last) {
  max_pool_kernels<T>().pool(shape, x, y, taps, first, last);
}

template <typename T>
void max_pool_gradient(const PoolShape& shape, const T* dy, const std::uint8_t* taps, T* dx, std::int64_t first,
                       std::int64_t last) {
  max_pool_kernels<T>().gradient(shape, dy, taps, dx, first, last);
}

template void max_pool(const PoolShape&, const float*, float*, std::uint8_t*, std::int64_t, std::int64_t);
template void max_pool(const PoolShape&, const Bf16*, Bf16*, std::uint8_t*, std::int64_t, std::int64_t);
template void max_pool_gradient(const PoolShape&, const float*, const std::uint8_t*, float*, std::int64_t,
                                std::int64_t);
template void max_pool_gradient(const PoolShape&, const Bf16*, const std::uint8_t*, Bf16*, std::int64_t, std::int64_t);

}  // namespace resnet
#endif

// SPDX-License-Identifier: MIT
// Compiled once for each instruction set: see simd.cpp.
#include "kernel/roi_pool.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>

#include "kernel/roi_pool_kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/roi_pool.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets what it compiles for.
#include <hwy/highway.h>

#include "kernel/bf16_vector.hpp"
#include "kernel/for_channels.hpp"

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {
namespace {

template <bool kTakesPlaces, typename T>
HWY_INLINE void pool_bin(const RoiPoolShape& s, const T* map, BinSpan rows, BinSpan columns, T* y, RoiPlace* places) {
  const bool is_empty = rows.first == rows.last || columns.first == columns.last;
  for_channels(s.channels, [&](auto d, std::int64_t channel) HWY_ATTR {
    const hn::RebindToSigned<decltype(d)> integers;
    const hn::Rebind<RoiPlace, decltype(d)> shorts;
    auto best = hn::Zero(d);
    auto best_place = hn::Set(integers, std::int32_t{kNoRoiPlace});
    if (!is_empty) {
      const std::int64_t start = rows.first * s.width + columns.first;
      best = load(d, map + start * s.channels + channel);
      best_place = hn::Set(integers, static_cast<std::int32_t>(start));
    }
    for (std::int64_t row = rows.first; row < rows.last; ++row) {
      for (std::int64_t place = row * s.width + columns.first; place < row * s.width + columns.last; ++place) {
        const auto v = load(d, map + place * s.channels + channel);
        const auto is_larger = hn::Or(hn::Gt(v, best), hn::IsNaN(v));
        best = hn::IfThenElse(is_larger, v, best);
        if constexpr (kTakesPlaces) {
          best_place = hn::IfThenElse(hn::RebindMask(integers, is_larger),
                                      hn::Set(integers, static_cast<std::int32_t>(place)), best_place);
        }
      }
    }
    store(d, best, y + channel);
    if constexpr (kTakesPlaces) hn::StoreU(hn::DemoteTo(shorts, best_place), shorts, places + channel);
  });
}

template <bool kTakesPlaces, typename T>
HWY_FLATTEN void pool_rows(RoiPoolShape s, const T* map, const BinSpan* bins, T* y, RoiPlace* places,
                           std::int64_t first, std::int64_t last) {
  for (std::int64_t row = first; row < last; ++row) {
    const BinSpan* const rows = bins + row / s.grid * 2 * s.grid;
    const BinSpan* const columns = rows + s.grid;
    for (std::int64_t column = 0; column < s.grid; ++column) {
      const std::int64_t at = (row * s.grid + column) * s.channels;
      pool_bin<kTakesPlaces>(s, map, rows[row % s.grid], columns[column], y + at, kTakesPlaces ? places + at : nullptr);
    }
  }
}

template <typename T>
void pool(RoiPoolShape shape, const T* map, const BinSpan* bins, T* y, RoiPlace* places, std::int64_t first,
          std::int64_t last) {
  places != nullptr ? pool_rows<true>(shape, map, bins, y, places, first, last)
                    : pool_rows<false>(shape, map, bins, y, places, first, last);
}

}  // namespace

RoiPoolKernel<float> float_roi_pool() { return pool<float>; }

RoiPoolKernel<Bf16> bf16_roi_pool() { return pool<Bf16>; }

}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resnet {

HWY_EXPORT(float_roi_pool);
HWY_EXPORT(bf16_roi_pool);

namespace {

template <typename T>
RoiPoolKernel<T> roi_pool_kernel() {
  if constexpr (std::is_same_v<T, float>) {
    return HWY_DYNAMIC_DISPATCH(float_roi_pool)();
  } else {
    return HWY_DYNAMIC_DISPATCH(bf16_roi_pool)();
  }
}

float value(float x) { return x; }
float value(Bf16 x) { return std::bit_cast<float>(std::uint32_t{x} << 16); }

// Which pixel of the map a region's end falls on.
std::int64_t pixel_of(float end, float scale) {
  constexpr float kFurthest = 0x1p30F;
  return static_cast<std::int64_t>(std::clamp(std::round(end * scale), -kFurthest, kFurthest));
}

// The bins of one direction: from the pixel `start` to the pixel `end`, on a map of `extent` pixels.
void lay_bins(std::int64_t start, std::int64_t end, std::int64_t extent, std::int64_t grid, BinSpan* bins) {
  const float size = static_cast<float>(std::max<std::int64_t>(end - start + 1, 1)) / static_cast<float>(grid);
  const auto on_map = [&](float offset) {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(start + static_cast<std::int64_t>(offset), 0, extent));
  };
  for (std::int64_t i = 0; i < grid; ++i) {
    bins[i] = {on_map(std::floor(static_cast<float>(i) * size)), on_map(std::ceil(static_cast<float>(i + 1) * size))};
  }
}

}  // namespace

std::vector<BinSpan> roi_bins(const RoiPoolShape& shape, const float* regions, double scale) {
  const auto to_map = static_cast<float>(scale);
  std::vector<BinSpan> bins(static_cast<std::size_t>(shape.regions * 2 * shape.grid));
  for (std::int64_t i = 0; i < shape.regions; ++i) {
    const float* const region = regions + 4 * i;
    BinSpan* const rows = bins.data() + i * 2 * shape.grid;
    lay_bins(pixel_of(region[1], to_map), pixel_of(region[3], to_map), shape.height, shape.grid, rows);
    lay_bins(pixel_of(region[0], to_map), pixel_of(region[2], to_map), shape.width, shape.grid, rows + shape.grid);
  }
  return bins;
}

template <typename T>
void roi_pool(const RoiPoolShape& shape, const T* map, const BinSpan* bins, T* y, RoiPlace* places, std::int64_t first,
              std::int64_t last) {
  roi_pool_kernel<T>()(shape, map, bins, y, places, first, last);
}

// Without vectors: neighbouring channels go to different pixels.
template <typename T>
void roi_pool_gradient(const RoiPoolShape& shape, const T* dy, const RoiPlace* places, float* sums, std::int64_t first,
                       std::int64_t last) {
  const std::int64_t channels = shape.channels;
  for (std::int64_t bin = 0; bin < shape.regions * shape.grid * shape.grid; ++bin) {
    const T* const bin_dy = dy + bin * channels;
    const RoiPlace* const bin_places = places + bin * channels;
    if (bin_places[first] == kNoRoiPlace) continue;  // and so of all channels
    for (std::int64_t c = first; c < last; ++c) sums[bin_places[c] * channels + c] += value(bin_dy[c]);
  }
}

template void roi_pool(const RoiPoolShape&, const float*, const BinSpan*, float*, RoiPlace*, std::int64_t,
                       std::int64_t);
template void roi_pool(const RoiPoolShape&, const Bf16*, const BinSpan*, Bf16*, RoiPlace*, std::int64_t, std::int64_t);
template void roi_pool_gradient(const RoiPoolShape&, const float*, const RoiPlace*, float*, std::int64_t, std::int64_t);
template void roi_pool_gradient(const RoiPoolShape&, const Bf16*, const RoiPlace*, float*, std::int64_t, std::int64_t);

}  // namespace resnet
#endif

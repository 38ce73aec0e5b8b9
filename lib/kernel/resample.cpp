// SPDX-License-Identifier: MIT
// Compiled once for each instruction set: see simd.cpp.
#include "kernel/resample.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/resample.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets what it compiles for.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// A row of the result before its columns are resized: the weighted sum of `taps` rows of bytes. Rows have room for a
// vector more than `bytes` numbers, and the source is read to its last byte only.
HWY_ATTR void add_rows(const std::uint8_t* source, std::int64_t row_bytes, const float* weights, std::int64_t taps,
                       std::int64_t bytes, float* sums) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<std::int32_t, decltype(d)> integers;
  const hn::Rebind<std::uint8_t, decltype(d)> packed;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= bytes; i += lanes) {
    auto sum = hn::Zero(d);
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      const auto numbers = hn::PromoteTo(integers, hn::LoadU(packed, source + tap * row_bytes + i));
      sum = hn::MulAdd(hn::ConvertTo(d, numbers), hn::Set(d, weights[tap]), sum);
    }
    hn::StoreU(sum, d, sums + i);
  }
  for (; i < bytes; ++i) {
    float sum = 0;
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      sum = std::fma(static_cast<float>(source[tap * row_bytes + i]), weights[tap], sum);
    }
    sums[i] = sum;
  }
}

// The columns of one row: pixel by pixel, its channels side by side in a vector of four, of which the last is not kept.
// So a pixel is stored over the fourth number of the one before, and the last one by itself.
HWY_ATTR void add_columns(const float* row, const ResampleAxis& columns, const ColorMap& colors, float* out) {
  const std::int64_t count = columns.count();
  const std::int64_t taps = columns.taps;
  const std::int32_t* const starts = columns.starts.data();
  const float* weights = columns.weights.data();
  const auto origin = static_cast<std::int32_t>(columns.first);
  const hn::CappedTag<float, 4> d;
  if constexpr (hn::MaxLanes(hn::CappedTag<float, 4>()) == 4) {
    HWY_ALIGN const float scales[4] = {colors.scale[0], colors.scale[1], colors.scale[2], 0};
    HWY_ALIGN const float offsets[4] = {colors.offset[0], colors.offset[1], colors.offset[2], 0};
    const auto scale = hn::Load(d, scales);
    const auto offset = hn::Load(d, offsets);
    for (std::int64_t x = 0; x < count; ++x, weights += taps) {
      const float* from = row + 3 * (starts[x] - origin);
      auto sum = hn::Zero(d);
      for (std::int64_t tap = 0; tap < taps; ++tap, from += 3) {
        sum = hn::MulAdd(hn::LoadU(d, from), hn::Set(d, weights[tap]), sum);
      }
      sum = hn::MulAdd(sum, scale, offset);
      if (x + 1 < count) {
        hn::StoreU(sum, d, out + 3 * x);
      } else {
        HWY_ALIGN float last[4];
        hn::Store(sum, d, last);
        std::copy_n(last, 3, out + 3 * x);
      }
    }
  } else {
    for (std::int64_t x = 0; x < count; ++x, weights += taps) {
      const float* const from = row + 3 * (starts[x] - origin);
      for (std::int64_t c = 0; c < 3; ++c) {
        float sum = 0;
        for (std::int64_t tap = 0; tap < taps; ++tap) sum = std::fma(from[3 * tap + c], weights[tap], sum);
        out[3 * x + c] =
            std::fma(sum, colors.scale[static_cast<std::size_t>(c)], colors.offset[static_cast<std::size_t>(c)]);
      }
    }
  }
}

void resample(const RgbSource& source, const ResampleAxis& rows, const ResampleAxis& columns, const ColorMap& colors,
              float* out) {
  const std::int64_t bytes = 3 * (columns.end - columns.first);
  std::vector<float> sums(static_cast<std::size_t>(bytes) + 1);  // the last pixel is read with one number more
  for (std::int64_t y = 0; y < rows.count(); ++y) {
    const std::int64_t start = rows.starts[static_cast<std::size_t>(y)] - rows.first;
    add_rows(source.pixels + start * source.row_bytes, source.row_bytes, rows.weights.data() + y * rows.taps, rows.taps,
             bytes, sums.data());
    add_columns(sums.data(), columns, colors, out + 3 * y * columns.count());
  }
}

}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resnet {

HWY_EXPORT(resample);

ResampleAxis resample_axis(std::int64_t source, std::int64_t resized, std::int64_t first, std::int64_t count) {
  require(source > 0 && resized > 0, "a row of {} pixels cannot become one of {}", source, resized);
  require(first >= 0 && count > 0 && first + count <= resized, "pixels {} to {} of a row of {}", first,
          first + count - 1, resized);
  const double scale = static_cast<double>(source) / static_cast<double>(resized);
  const double radius = std::max(1.0, scale);
  ResampleAxis axis;
  // No tap beyond the row's ends: a window that would reach there lies further in, with weights of 0.
  axis.taps = std::min(source, static_cast<std::int64_t>(std::ceil(2 * radius)));
  axis.starts.resize(static_cast<std::size_t>(count));
  axis.weights.resize(static_cast<std::size_t>(count * axis.taps));
  float* weights = axis.weights.data();
  for (std::int64_t i = 0; i < count; ++i, weights += axis.taps) {
    const double center = (static_cast<double>(first + i) + 0.5) * scale;
    const auto nearest = static_cast<std::int64_t>(std::floor(center - radius + 0.5));
    const std::int64_t start = std::clamp<std::int64_t>(nearest, 0, source - axis.taps);
    double sum = 0;
    const auto weight = [&](std::int64_t tap) {
      return std::max(0.0, 1 - std::abs(static_cast<double>(start + tap) + 0.5 - center) / radius);
    };
    for (std::int64_t tap = 0; tap < axis.taps; ++tap) sum += weight(tap);
    for (std::int64_t tap = 0; tap < axis.taps; ++tap) weights[tap] = static_cast<float>(weight(tap) / sum);
    axis.starts[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(start);
  }
  axis.first = axis.starts.front();
  axis.end = axis.starts.back() + axis.taps;
  return axis;
}

ResampleAxis reversed(ResampleAxis axis) {
  const auto taps = static_cast<std::ptrdiff_t>(axis.taps);
  const std::vector<float> weights = axis.weights;
  std::reverse(axis.starts.begin(), axis.starts.end());
  for (std::ptrdiff_t i = 0, count = axis.count(); i < count; ++i) {
    std::copy_n(weights.begin() + (count - 1 - i) * taps, taps, axis.weights.begin() + i * taps);
  }
  return axis;
}

void resample(const RgbSource& source, const ResampleAxis& rows, const ResampleAxis& columns, const ColorMap& colors,
              float* out) {
  HWY_DYNAMIC_DISPATCH(resample)(source, rows, columns, colors, out);
}

}  // namespace resnet
#endif
